#pragma once

#include "openapi/wire/system.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct Progress {
    std::optional<std::int64_t> current, total;
    std::optional<std::string> unit, message;
    friend bool operator==(const Progress&, const Progress&) = default;
};

/// A request that potd has accepted.
struct Operation {
    std::string id, kind, state;
    std::optional<std::string> pot, pot_id;
    std::optional<std::uint32_t> run;
    std::optional<std::string> base, fscomp, network;
    std::string created_at;
    std::optional<std::string> ended_at;
    Progress progress;
    std::optional<Problem> error;       ///< null unless failed or cancelled
    std::optional<std::string> result;  ///< where what came of it is; null if there is no such place
    bool can_cancel = false;
    friend bool operator==(const Operation&, const Operation&) = default;
};

struct OperationList {
    std::vector<Operation> items;
    std::optional<std::string> next;
    friend bool operator==(const OperationList&, const OperationList&) = default;
};

}  // namespace potd::wire
