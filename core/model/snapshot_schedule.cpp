#include "core/model/snapshot_schedule.hpp"

namespace potd::core {
namespace {

constexpr milliseconds shortest_every{60'000};
constexpr std::int64_t most_kept = 1000;

}  // namespace

Status check_schedule(const SnapshotSchedule& schedule) {
    if (!schedule.on()) return {};
    if (schedule.every < shortest_every)
        return invalid_field("snapshots.every", format_duration(schedule.every), "1m or longer");
    if (schedule.keep < 1 || schedule.keep > most_kept)
        return invalid_field("snapshots.keep", std::to_string(schedule.keep), "1 to 1000");
    if (schedule.keep_for.count() != 0 && schedule.keep_for < schedule.every)
        return invalid_field("snapshots.keep_for", format_duration(schedule.keep_for),
                             "0s, or at least `every`, " + format_duration(schedule.every));
    return {};
}

}  // namespace potd::core
