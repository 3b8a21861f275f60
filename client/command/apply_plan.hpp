#pragma once

#include "client/command/spec_documents.hpp"
#include "client/http/api.hpp"
#include "client/json/difference.hpp"
#include "client/output/table.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace potd::client {

/// What is to happen to one pot.
struct ApplyStep {
    enum class Act { Keep, Create, Change, Recreate, Destroy };
    Act act = Act::Keep;
    std::string pot;
    Value body;                       ///< the spec that is sent
    std::int64_t version = 0;         ///< of the pot that was looked at
    std::vector<Difference> changes;  ///< of what potd shows of the spec
    bool up = false;                  ///< it runs, or is about to
    bool wants_restart = false;       ///< not all of the changes hold in the run it is in
    std::string reason;               ///< of Recreate: why it cannot be changed
};

struct ApplyWishes {
    std::string set;  ///< the value of the label that marks its pots
    bool recreate = false;
    bool prune = false;
};

/// Asks potd what applying these specs, which stand in order, would do, and changes nothing. Fails for a pot
/// of another set, and with potd's reason for a change that cannot be made.
[[nodiscard]] Result<std::vector<ApplyStep>> plan_apply(Api& api, const std::vector<SpecDocument>& documents,
                                                        const ApplyWishes& wishes);

/// Whether one of the changed fields of a spec is about the run a pot is in and does not hold in it at once.
[[nodiscard]] bool needs_restart(const std::vector<Difference>& changes);

/// For people: "+ web", "~ db" with its changes below, "- old".
[[nodiscard]] std::string plan_text(const std::vector<ApplyStep>& steps, bool colours);
/// For programs:
/// {"items":[{"name","action","changes":[{"field","before","after"}],"wants_restart","reason"}]}.
[[nodiscard]] Value plan_document(const std::vector<ApplyStep>& steps);
/// Whether there is anything to do.
[[nodiscard]] bool changes_anything(const std::vector<ApplyStep>& steps);

}  // namespace potd::client
