#include "api/door/veil.hpp"

#include "api/door/scope.hpp"
#include "core/service/exec_probe.hpp"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace potd::api {
namespace {

constexpr std::string_view name_characters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";

/// Appends a name or what stands for it: "pot web" becomes "another pot".
void add_instead(std::string& text) {
    constexpr std::string_view kind = "pot ";
    if (text.ends_with(kind)) text.resize(text.size() - kind.size());
    text += "another pot";
}

}  // namespace

core::Error veiled(const core::Principal& who, const core::PotService& pots, core::Error error) {
    if (!who.is_scoped()) return error;
    std::string told;
    for (std::string_view rest = error.message; !rest.empty();) {
        const std::size_t start = std::min(rest.find_first_of(name_characters), rest.size());
        told += rest.substr(0, start);
        rest.remove_prefix(start);
        std::string_view name = rest.substr(0, rest.find_first_not_of(name_characters));
        rest.remove_prefix(name.size());
        const bool is_quoted = told.ends_with('\'');
        // A full stop after a name is not its own.
        const std::string_view whole = name;
        while (name.ends_with('.')) name.remove_suffix(1);
        const bool is_hidden = !is_quoted && pots.find(name) && !sees_pot(who, pots, name);
        is_hidden ? add_instead(told) : static_cast<void>(told += name);
        told += whole.substr(name.size());
    }
    error.message = std::move(told);
    return error;
}

core::Operation veiled(const core::Principal& who, const core::PotService& pots, core::Operation operation) {
    if (operation.error) operation.error = veiled(who, pots, *std::move(operation.error));
    return operation;
}

bool reads_no_output(const core::Principal& who) {
    return who.grant.role < core::Role::Operator;
}

void veil(const core::Principal& who, wire::Run& run) {
    if (!reads_no_output(who)) return;
    for (wire::HookRun& hook : run.hooks) hook.output.reset();
}

void veil(const core::Principal& who, wire::HealthReport& report) {
    if (!reads_no_output(who)) return;
    for (wire::HealthCheck& check : report.checks) check.output.clear();
}

void veil(const core::Principal& who, wire::Pot& pot) {
    if (!reads_no_output(who)) return;
    if (pot.run) veil(who, *pot.run);
    if (pot.last_error) pot.last_error = core::without_output(*std::move(pot.last_error));
}

bool needs_veil(const core::Principal& who, const core::Pot& pot) {
    return reads_no_output(who) && (!pot.last_error.empty() || (pot.run && !pot.run->hooks.empty()));
}

}  // namespace potd::api
