#pragma once

#include "core/base/error.hpp"
#include "core/base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace potd::core {

/// What a request asks for.
enum class OperationKind {
    Create,
    Start,
    Stop,
    Restart,
    Destroy,
    InstallBase,
    RemoveBase,
    Prune,
    Shutdown,
    Pause,
    Resume,
    Kill,
    Rename,
    Change,
    Exec,
    Snapshot,
    RemoveSnapshot,
    PurgeSnapshots,
    Rollback,
    Clone,
    Promote,
    CreateVolume,
    ChangeVolume,
    RemoveVolume,
    Mount,
    Unmount,
    CopyIn,
    UpdateBase,
    RollBackBase,
    CreateNetwork,
    RemoveNetwork,
};

/// Every operation ends: in one of the last three.
enum class OperationState { Running, Done, Failed, Cancelled };

/// How far it is. Not stored: what was under way when potd died is not known.
struct OperationProgress {
    std::optional<std::int64_t> current;
    std::optional<std::int64_t> total;
    std::string unit;     ///< of both: "pots", "bytes"
    std::string message;  ///< what is done just now
    friend bool operator==(const OperationProgress&, const OperationProgress&) = default;
};

/// An accepted request. Changed only by core/service/operation_service.
struct Operation {
    std::string id;  ///< 26 characters, sorts by the time it was accepted (operation_ids.hpp)
    OperationKind kind = OperationKind::Start;
    OperationState state = OperationState::Running;
    std::string pot;        ///< the name it was asked with, later the pot's own; empty if it concerns none
    std::string pot_id;     ///< once known
    std::uint32_t run = 0;  ///< the run that begins or ends by it, once known
    std::string base;       ///< empty if it concerns none
    std::string volume;     ///< likewise
    WallTime created_at;
    std::optional<WallTime> ended_at;
    std::optional<Error> error;  ///< why it is Failed or Cancelled
    bool begun = false;          ///< what it wants is recorded: after a restart of potd it goes on
    bool cancellable = false;    ///< by who carries it out; beside those that are by their kind
    OperationProgress progress;
    std::string network{};   ///< empty if it concerns none
    std::string asked_by{};  ///< identity_of a Principal; empty if it was not recorded
};

/// By which a client asks for the same once more without it being done twice.
struct IdempotencyKey {
    std::string text;         ///< empty: none
    std::string fingerprint;  ///< of the whole request
    friend bool operator==(const IdempotencyKey&, const IdempotencyKey&) = default;
};

/// What the client was told, word for word.
struct KeptAnswer {
    int status = 0;
    std::string headers;  ///< lines, each with its CR LF
    std::string type;     ///< of the body; empty = no body
    std::string body;
    friend bool operator==(const KeptAnswer&, const KeptAnswer&) = default;
};

/// An operation as it is stored.
struct StoredOperation {
    Operation operation;
    IdempotencyKey key;
    bool answered = false;  ///< a KeptAnswer is stored with it
};

[[nodiscard]] std::string_view to_string(OperationKind kind) noexcept;
[[nodiscard]] std::optional<OperationKind> operation_kind_from(std::string_view text) noexcept;
[[nodiscard]] std::string_view to_string(OperationState state) noexcept;
[[nodiscard]] std::optional<OperationState> operation_state_from(std::string_view text) noexcept;

/// Words that name an error's kind, both ways.
[[nodiscard]] std::optional<ErrorKind> error_kind_from(std::string_view text) noexcept;

}  // namespace potd::core
