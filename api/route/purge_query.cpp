#include "api/route/purge_query.hpp"

#include <charconv>
#include <cstdint>
#include <utility>

namespace potd::api {

core::Result<core::LabelFilter> read_label_query(const Query& query) {
    const auto label = query.text("label");
    return label ? core::label_filter_from(*label) : core::LabelFilter{};
}

core::Result<core::SnapshotPurging> read_purge_query(const Query& query) {
    core::SnapshotPurging purge;
    if (const auto keep = query.text("keep")) {
        std::uint32_t number = 0;
        const auto parsed = std::from_chars(keep->data(), keep->data() + keep->size(), number);
        if (parsed.ec != std::errc{} || parsed.ptr != keep->data() + keep->size())
            return core::invalid_field("keep", *keep, "a number from 0 to 4294967295");
        purge.keep = number;
    }
    if (const auto age = query.text("older_than")) {
        const auto duration = core::parse_duration(*age, "older_than");
        if (!duration) return duration.error();
        purge.older_than = *duration;
    }
    auto label = read_label_query(query);
    if (!label) return std::move(label).error();
    purge.label = *std::move(label);
    return purge;
}

}  // namespace potd::api
