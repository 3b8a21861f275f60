#pragma once

#include "daemon/config/config.hpp"

#include <functional>
#include <string>

namespace YAML {
class Node;
struct Mark;
}  // namespace YAML

namespace potd::config {

/// The key, whose value is a map of names to rules: `NAME: {when: CONDITIONS, do: STEPS, settle: DURATION}`.
inline constexpr const char* pressure_rules_key = "pressure.rules";

/// Takes over the rules of `node`, which replace those that hold without it. What is wrong goes to
/// `complain`.
void read_pressure_rules(const YAML::Node& node, PressureConfig& config,
                         const std::function<void(const YAML::Mark&, const std::string&)>& complain);

}  // namespace potd::config
