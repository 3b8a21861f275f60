#pragma once

#include "client/base/result.hpp"
#include "client/json/value.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace potd::client {

/// The label that says by which set of specs `apply` made or took over a pot.
inline constexpr std::string_view apply_label = "potd.apply";

/// The spec of a pot with a name, and where it was read, for messages: "web.yaml", "pots.yaml (2)".
struct SpecDocument {
    std::string place;
    Value spec;
    [[nodiscard]] const std::string& name() const { return spec["name"].text(); }
};

/// What a file ("-" is standard input) says: one spec or a list of them in each of its documents. Of a
/// directory, what its files *.yaml, *.yml and *.json say, in the order of their names; none below it are
/// looked at.
[[nodiscard]] Result<std::vector<SpecDocument>> read_spec_documents(const std::string& path);

/// So that each stands behind those it depends on or has its files of (depends_on, parent), else as they
/// were. Usage failure for two of one name and for a circle.
[[nodiscard]] Result<std::vector<SpecDocument>> in_order(std::vector<SpecDocument> documents);

/// The spec in the answer `pot` as a file would say it: without what is empty or not set. `keep_mark`: with
/// the label of `apply`.
[[nodiscard]] Value spec_to_write(const Value& pot, bool keep_mark);

/// A copy without these members.
[[nodiscard]] Value without(const Value& object, const std::vector<std::string_view>& names);

}  // namespace potd::client
