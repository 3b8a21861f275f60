#pragma once

#include "core/monitor_link/bytes.hpp"
#include "daemon/platform/posix/plan_tag.hpp"
#include "daemon/platform/posix/run_plan.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// A launch plan read in place, as potmon does it: no allocation, every view checked and valid as
/// long as the bytes. This is what every system's plan has.
namespace potd::platform {

struct MonitorPart {
    std::uint32_t run = 0;
    std::string_view socket_path, record_path, log_directory;
    std::uint64_t log_max_size = 0;
    std::uint32_t log_max_files = 0;
};

struct CommandPart {
    core::monitor_link::StringList argv, env;
    std::string_view user, workdir;
    bool persistent = false, terminal = false, open_stdin = false;
    std::uint16_t rows = 24, columns = 80;
};

/// Payloads of the records of one tag, in order.
class PlanRecords {
  public:
    class Iterator {
      public:
        Iterator(std::span<const std::byte> rest, PlanTag tag) : rest_(rest), tag_(tag) { seek(); }
        std::span<const std::byte> operator*() const { return payload_; }
        Iterator& operator++() {
            seek();
            return *this;
        }
        bool operator!=(const Iterator& other) const { return done_ != other.done_; }

      private:
        void seek();
        std::span<const std::byte> rest_, payload_;
        PlanTag tag_;
        bool done_ = false;
    };

    PlanRecords(std::span<const std::byte> records, PlanTag tag) : records_(records), tag_(tag) {}
    [[nodiscard]] Iterator begin() const { return {records_, tag_}; }
    [[nodiscard]] Iterator end() const { return {{}, tag_}; }

  private:
    std::span<const std::byte> records_;
    PlanTag tag_;
};

/// The common part, and the records in which a system finds its own.
struct RunView {
    MonitorPart monitor;
    CommandPart command;
    std::span<const std::byte> records;

    [[nodiscard]] PlanRecords of(PlanTag tag) const { return {records, tag}; }
};

/// Checks header, records and the common part; false if anything is cut short, impossible or missing.
[[nodiscard]] bool read_plan(std::span<const std::byte> bytes, RunView& plan);

[[nodiscard]] bool read_rlimit(std::span<const std::byte> payload, Rlimit& limit);

/// True if `read` accepts every record of the tag.
template <class Item>
[[nodiscard]] bool check_all(const RunView& plan, PlanTag tag,
                             bool (*read)(std::span<const std::byte>, Item&)) {
    for (const auto payload : plan.of(tag)) {
        Item item;
        if (!read(payload, item)) return false;
    }
    return true;
}

/// True if there is exactly one record of the tag and `read` accepts it.
template <class Part>
[[nodiscard]] bool read_only_one(const RunView& plan, PlanTag tag, Part& part,
                                 bool (*read)(std::span<const std::byte>, Part&)) {
    int found = 0;
    for (const auto payload : plan.of(tag)) {
        if (++found > 1 || !read(payload, part)) return false;
    }
    return found == 1;
}

[[nodiscard]] inline bool is_absolute(std::string_view path) {
    return !path.empty() && path.front() == '/';
}

}  // namespace potd::platform
