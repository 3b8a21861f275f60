#include "openapi/wire/prune.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<PruneRequest> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("dry_run", s.dry_run);
        v.field("kinds", s.kinds);
        v.field("bases", s.bases);
        v.field("grace", s.grace);
        v.field("older_than", s.older_than);
        v.field("keep", s.keep);
    }
};

template <>
struct Fields<PrunedRuns> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("runs", s.runs);
        v.field("bytes", s.bytes);
    }
};

template <>
struct Fields<PrunedLogs> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("pot", s.pot);
        v.field("files", s.files);
        v.field("bytes", s.bytes);
    }
};

template <>
struct Fields<PruneResult> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("removed", s.removed);
        v.field("bases", s.bases);
        v.field("runs", s.runs);
        v.field("logs", s.logs);
        v.field("bytes", s.bytes);
        v.field("problems", s.problems);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(PruneRequest);
POTD_WIRE_CODEC(PrunedRuns);
POTD_WIRE_CODEC(PrunedLogs);
POTD_WIRE_CODEC(PruneResult);
}  // namespace potd::wire
