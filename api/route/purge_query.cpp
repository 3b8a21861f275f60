#include "api/route/purge_query.hpp"

#include <charconv>
#include <cstdint>

namespace potd::api {

core::Result<PurgeQuery> read_purge_query(const Query& query) {
    PurgeQuery purge;
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
    return purge;
}

}  // namespace potd::api
