#include "core/model/operation.hpp"

#include <array>
#include <utility>

namespace potd::core {
namespace {

template <class E>
using OperationWords = std::pair<E, std::string_view>;

constexpr std::array kinds{
    OperationWords<OperationKind>{OperationKind::Create, "create"},
    OperationWords<OperationKind>{OperationKind::Start, "start"},
    OperationWords<OperationKind>{OperationKind::Stop, "stop"},
    OperationWords<OperationKind>{OperationKind::Restart, "restart"},
    OperationWords<OperationKind>{OperationKind::Destroy, "destroy"},
    OperationWords<OperationKind>{OperationKind::InstallBase, "install-base"},
    OperationWords<OperationKind>{OperationKind::RemoveBase, "remove-base"},
    OperationWords<OperationKind>{OperationKind::Prune, "prune"},
    OperationWords<OperationKind>{OperationKind::Shutdown, "shutdown"},
    OperationWords<OperationKind>{OperationKind::Pause, "pause"},
    OperationWords<OperationKind>{OperationKind::Resume, "resume"},
    OperationWords<OperationKind>{OperationKind::Kill, "kill"},
    OperationWords<OperationKind>{OperationKind::Rename, "rename"},
    OperationWords<OperationKind>{OperationKind::Change, "change"},
    OperationWords<OperationKind>{OperationKind::Exec, "exec"},
    OperationWords<OperationKind>{OperationKind::Snapshot, "snapshot"},
    OperationWords<OperationKind>{OperationKind::RemoveSnapshot, "remove-snapshot"},
    OperationWords<OperationKind>{OperationKind::PurgeSnapshots, "purge-snapshots"},
    OperationWords<OperationKind>{OperationKind::Rollback, "rollback"},
    OperationWords<OperationKind>{OperationKind::Clone, "clone"},
    OperationWords<OperationKind>{OperationKind::Promote, "promote"},
    OperationWords<OperationKind>{OperationKind::CreateVolume, "create-fscomp"},
    OperationWords<OperationKind>{OperationKind::ChangeVolume, "change-fscomp"},
    OperationWords<OperationKind>{OperationKind::RemoveVolume, "remove-fscomp"},
    OperationWords<OperationKind>{OperationKind::Mount, "mount"},
    OperationWords<OperationKind>{OperationKind::Unmount, "unmount"},
    OperationWords<OperationKind>{OperationKind::CopyIn, "copy-in"},
    OperationWords<OperationKind>{OperationKind::UpdateBase, "update-base"},
    OperationWords<OperationKind>{OperationKind::RollBackBase, "rollback-base"},
    OperationWords<OperationKind>{OperationKind::CreateNetwork, "create-network"},
    OperationWords<OperationKind>{OperationKind::RemoveNetwork, "remove-network"},
};

constexpr std::array states{
    OperationWords<OperationState>{OperationState::Running, "running"},
    OperationWords<OperationState>{OperationState::Done, "done"},
    OperationWords<OperationState>{OperationState::Failed, "failed"},
    OperationWords<OperationState>{OperationState::Cancelled, "cancelled"},
};

template <class E, std::size_t N>
std::string_view word_of(const std::array<OperationWords<E>, N>& words, E value) {
    for (const auto& [known, word] : words) {
        if (known == value) return word;
    }
    return words.front().second;
}

template <class E, std::size_t N>
std::optional<E> value_of(const std::array<OperationWords<E>, N>& words, std::string_view text) {
    for (const auto& [known, word] : words) {
        if (word == text) return known;
    }
    return std::nullopt;
}

}  // namespace

std::string_view to_string(OperationKind kind) noexcept {
    return word_of(kinds, kind);
}
std::optional<OperationKind> operation_kind_from(std::string_view text) noexcept {
    return value_of(kinds, text);
}
std::string_view to_string(OperationState state) noexcept {
    return word_of(states, state);
}
std::optional<OperationState> operation_state_from(std::string_view text) noexcept {
    return value_of(states, text);
}

std::optional<ErrorKind> error_kind_from(std::string_view text) noexcept {
    constexpr std::array all{
        ErrorKind::InvalidArgument, ErrorKind::NotFound,         ErrorKind::Conflict,
        ErrorKind::Unsupported,     ErrorKind::PermissionDenied, ErrorKind::ResourceExhausted,
        ErrorKind::Unavailable,     ErrorKind::Timeout,          ErrorKind::Cancelled,
        ErrorKind::TooLarge,        ErrorKind::Internal,
    };
    for (const ErrorKind kind : all) {
        if (to_string(kind) == text) return kind;
    }
    return std::nullopt;
}

}  // namespace potd::core
