#include "daemon/platform/linux/kernel_pressure.hpp"

#include "core/base/bounded.hpp"
#include "daemon/platform/linux/stall_text.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/places.hpp"
#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <string_view>
#include <utility>

namespace potd::platform {
namespace {

using core::HostFigure;
using core::HostFigures;

constexpr double percent = 100;

std::string text_in(const std::string& path) {
    auto content = read_file(path);
    return content ? std::move(content).value() : std::string();
}

std::optional<double> share(std::optional<std::int64_t> part, std::optional<std::int64_t> whole) {
    if (!part || !whole || *whole <= 0) return std::nullopt;
    return percent * static_cast<double>(*part) / static_cast<double>(*whole);
}

void set_figure(HostFigures& figures, HostFigure figure, std::optional<double> value) {
    figures[core::place_of(figure)] = value;
}

void take_stalls(const std::string& text, HostFigures& figures) {
    const auto stall = parse_stall(text);
    if (!stall) return;
    set_figure(figures, HostFigure::MemorySome10, stall->some_10);
    set_figure(figures, HostFigure::MemorySome60, stall->some_60);
    set_figure(figures, HostFigure::MemoryFull10, stall->full_10);
    set_figure(figures, HostFigure::MemoryFull60, stall->full_60);
}

void take_memory(const std::string& text, core::PressureGauge::Reading& reading) {
    const auto total = keyed_number(text, "MemTotal:");
    constexpr std::int64_t kilo = 1024;
    reading.memory_total = core::bounded_product(total.value_or(0), kilo);
    set_figure(reading.figures, HostFigure::MemoryAvailable,
               share(keyed_number(text, "MemAvailable:"), total));
    const auto swap = keyed_number(text, "SwapTotal:");
    const auto free = swap && *swap == 0 ? std::optional(0.0) : share(keyed_number(text, "SwapFree:"), swap);
    set_figure(reading.figures, HostFigure::SwapFree, free);
}

/// One count of both kinds of pages from 5.9 on, before that only of files' pages.
std::optional<std::int64_t> refaults_in(const std::string& text) {
    const auto anonymous = keyed_number(text, "workingset_refault_anon");
    const auto files = keyed_number(text, "workingset_refault_file");
    if (anonymous && files) return core::bounded_sum(*anonymous, *files);
    return keyed_number(text, "workingset_refault");
}

/// Of the numbers that can be given: the fourth word of loadavg is "running/all".
std::optional<double> free_pids(const std::string& root) {
    const std::string load = text_in(root + "/proc/loadavg");
    const auto words = split_blanks(load);
    constexpr std::size_t of_tasks = 3;
    if (words.size() <= of_tasks) return std::nullopt;
    const std::string_view tasks = words[of_tasks];
    const auto all = parse_count(tasks.substr(tasks.find('/') + 1));
    const auto highest = parse_count(trimmed(text_in(root + "/proc/sys/kernel/pid_max")));
    const auto most = parse_count(trimmed(text_in(root + "/proc/sys/kernel/threads-max")));
    if (!all || !highest || !most) return std::nullopt;
    const std::int64_t bound = std::min(*highest, *most);
    return share(std::max<std::int64_t>(0, bound - *all), bound);
}

/// Percent of the file system that `directory` is on.
core::Result<double> free_share(const std::string& directory) {
    const auto room = disk_room(directory);
    if (!room) return room.error();
    return share(room->free, room->total).value_or(percent);
}

/// What is written to which file to make a run give memory back.
struct Reclaiming {
    std::string file;
    std::string value;
};

std::optional<Reclaiming> file_of_reclaiming(const RunCgroups& groups, std::int64_t bytes) {
    const auto v1 = groups.by_controller.find("memory");
    if (v1 != groups.by_controller.end()) return Reclaiming{v1->second + "/memory.force_empty", "0"};
    if (groups.unified.empty()) return std::nullopt;
    return Reclaiming{groups.unified + "/memory.reclaim", std::to_string(bytes)};
}

core::Status write_reclaim(const Reclaiming& what) {
    core::Status written = write_existing(what.file, what.value);
    // EAGAIN: it got less than was asked for. EBUSY: not all of it could be emptied, which nobody expects.
    if (!written && (written.error().os_error == EAGAIN || written.error().os_error == EBUSY)) return {};
    return written;
}

}  // namespace

ProcPressure read_proc_pressure(const std::string& root) {
    ProcPressure found;
    take_stalls(text_in(root + "/proc/pressure/memory"), found.reading.figures);
    take_memory(text_in(root + "/proc/meminfo"), found.reading);
    set_figure(found.reading.figures, HostFigure::PidsFree, free_pids(root));
    found.refaults = refaults_in(text_in(root + "/proc/vmstat"));
    return found;
}

KernelPressure::KernelPressure(const CgroupTree& cgroups, std::string state_directory, core::Clock& clock,
                               core::Executor& executor, std::string root)
    : cgroups_(cgroups),
      state_directory_(std::move(state_directory)),
      clock_(clock),
      executor_(executor),
      root_(std::move(root)) {
    // It is there and cannot be read where the kernel was started without psi=1 and is not to count by
    // itself.
    const auto stalls = read_file(root_ + "/proc/pressure/memory");
    if (!stalls)
        no_stalls_ = "the kernel does not count stalls (no /proc/pressure/memory; psi=1 on its command line)";
}

core::Result<core::PressureGauge::Reading> KernelPressure::read() {
    ProcPressure found = read_proc_pressure(root_);
    set_figure(found.reading.figures, HostFigure::Refaults, refault_rate(found.refaults));
    ask_for_room();
    if (!room_->free) return found.reading;
    if (!room_->free->ok()) return room_->free->error();
    set_figure(found.reading.figures, HostFigure::StateFree, room_->free->value());
    return found.reading;
}

/// The answer is there at the next reading, or whenever the file system gives it.
void KernelPressure::ask_for_room() {
    if (std::exchange(room_->is_asked, true)) return;
    const auto answer = std::make_shared<core::Result<double>>(0.0);
    executor_.blocking([answer, directory = state_directory_] { *answer = free_share(directory); },
                       [answer, room = room_] {
                           *room = Room{std::move(*answer), false};
                       });
}

std::optional<double> KernelPressure::refault_rate(std::optional<std::int64_t> count) {
    const core::SteadyTime now = clock_.steady();
    const std::optional<Counted> before =
        std::exchange(refaults_, count ? std::optional(Counted{*count, now}) : std::nullopt);
    if (!count || !before || now.ms <= before->at.ms) return std::nullopt;
    constexpr double ms_in_a_second = 1000;
    const auto added = static_cast<double>(std::max<std::int64_t>(0, *count - before->count));
    return added * ms_in_a_second / static_cast<double>(now.ms - before->at.ms);
}

std::string KernelPressure::missing(HostFigure figure) const {
    switch (figure) {
        case HostFigure::MemorySome10:
        case HostFigure::MemorySome60:
        case HostFigure::MemoryFull10:
        case HostFigure::MemoryFull60: return no_stalls_;
        default: return {};
    }
}

std::string KernelPressure::no_reclaim() const {
    if (!cgroups_.layout().has("memory")) return "there is no control group of memory";
    const auto what = file_of_reclaiming(cgroups_.paths(""), 0);
    if (what && exists(what->file)) return {};
    return "the kernel has no memory.reclaim (it came with 5.19)";
}

void KernelPressure::reclaim(const core::RunKey& key, std::int64_t bytes, core::Reply<void> reply) {
    const auto what = file_of_reclaiming(cgroups_.paths(core::kernel_name(key)), bytes);
    const auto outcome = std::make_shared<core::Status>();
    executor_.blocking(
        [what, outcome] {
            *outcome = what ? write_reclaim(*what)
                            : core::Status(core::error(core::ErrorKind::NotFound, "the pot is not running"));
        },
        [reply = std::move(reply), outcome] { reply(*outcome); });
}

}  // namespace potd::platform
