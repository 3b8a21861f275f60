#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct PressureFigure {
    std::string name;                    ///< "memory_available" …
    std::optional<double> value;         ///< percent; of refaults pages a second; null: not known
    std::optional<std::string> missing;  ///< why this machine never says it; null: it does
    friend bool operator==(const PressureFigure&, const PressureFigure&) = default;
};

struct PressureRule {
    std::string name;
    std::vector<std::string> when;  ///< "memory_available < 4%"; all of them
    std::vector<std::string> steps;
    std::string settle;  ///< duration
    bool holds = false;
    std::optional<std::string> never;  ///< why it cannot hold on this machine; null: it can
    friend bool operator==(const PressureRule&, const PressureRule&) = default;
};

struct Pressure {
    bool dry_run = false;
    std::int64_t memory = 0;  ///< bytes of the machine
    std::vector<PressureFigure> figures;
    std::vector<PressureRule> rules;
    friend bool operator==(const Pressure&, const Pressure&) = default;
};

}  // namespace potd::wire
