#include "client/command/disk_use.hpp"

#include "client/command/pot_view.hpp"
#include "client/text/figures.hpp"

#include <cstdint>
#include <string>

namespace potd::client {
namespace {

/// One row for each thing, and below them what they are together.
class UseTable {
  public:
    void add(const std::string& kind, const std::string& name, const Value& bytes,
             const std::string& note = {}, const Value& limit = {}) {
        sum_ += bytes.integer().value_or(0);
        table_.add({kind, name, size(bytes), size(limit), note});
    }
    [[nodiscard]] const Table& finish(const Value& space) {
        table_.add({"all", "", format_bytes(sum_), "",
                    size(space["free"]) + " of " + size(space["total"]) + " free"});
        return table_;
    }

  private:
    std::int64_t sum_ = 0;
    Table table_{{{"KIND", false, false, 0},
                  {"NAME", false, false, 0},
                  {"SIZE", true, false, 0},
                  {"LIMIT", true, false, 0},
                  {"", false, true, 1}}};
};

std::string users(const Value& thing) {
    std::string names;
    for (const auto& pot : thing["pots"].items()) names += (names.empty() ? "" : " ") + pot.text();
    return names.empty() ? "no pot uses it" : "for " + names;
}

}  // namespace

Result<int> print_disk_use(Invocation& invocation) {
    const auto space = invocation.api().get("/v1/system/df");
    if (!space) return space.failure();
    if (invocation.print_document(*space)) return exit_code::ok;
    UseTable use;
    for (const auto& base : (*space)["bases"].items())
        use.add("base", base["name"].text(), base["bytes"], users(base));
    for (const auto& pot : (*space)["pots"].items()) {
        use.add("pot", pot["name"].text(), pot["bytes"], "", pot["limit"]);
        use.add("log", pot["name"].text(), pot["log_bytes"]);
    }
    for (const auto& one : (*space)["snapshots"].items())
        use.add("snapshot", one["pot"].text() + "@" + one["name"].text(), one["bytes"]);
    for (const auto& one : (*space)["fscomps"].items()) {
        use.add("fscomp", one["name"].text(), one["bytes"], users(one), one["limit"]);
        if (one["snapshots"].integer().value_or(0) > 0)
            use.add("snapshots", one["name"].text(), one["snapshots"], "of the fscomp");
    }
    invocation.print(use.finish(*space));
    return exit_code::ok;
}

}  // namespace potd::client
