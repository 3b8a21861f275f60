#include "daemon/platform/freebsd/page_pressure.hpp"

#include "daemon/platform/posix/places.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include <sys/param.h>
// after sys/param.h
#include <sys/sysctl.h>
#include <sys/user.h>
#include <unistd.h>
#include <vm/vm_param.h>

namespace potd::platform {
namespace {

using core::HostFigure;

constexpr double percent = 100;

/// Of 4 or 8 bytes, as the kernel has it.
std::optional<std::int64_t> system_number(const char* name) {
    std::array<unsigned char, 8> bytes{};
    std::size_t size = bytes.size();
    if (::sysctlbyname(name, bytes.data(), &size, nullptr, 0) != 0 || (size != 4 && size != 8))
        return std::nullopt;
    std::uint64_t number = 0;
    for (std::size_t i = size; i > 0; --i) number = number << 8U | bytes[i - 1];
    return static_cast<std::int64_t>(number);
}

std::optional<double> share(std::optional<std::int64_t> part, std::optional<std::int64_t> whole) {
    if (!part || !whole || *whole <= 0) return std::nullopt;
    return percent * static_cast<double>(*part) / static_cast<double>(*whole);
}

/// Free pages and those whose contents are elsewhere, too; dirty ones (laundry) have to be written first.
std::optional<std::int64_t> available_pages() {
    const auto free = system_number("vm.stats.vm.v_free_count");
    const auto inactive = system_number("vm.stats.vm.v_inactive_count");
    if (!free || !inactive) return std::nullopt;
    return *free + *inactive;
}

/// Pages of all devices; 0 of 0 without any.
std::optional<double> free_swap() {
    std::array<int, 16> name{};
    std::size_t length = name.size() - 1;
    if (::sysctlnametomib("vm.swap_info", name.data(), &length) != 0) return std::nullopt;
    std::int64_t all = 0;
    std::int64_t used = 0;
    for (int device = 0;; ++device) {
        xswdev about{};
        std::size_t size = sizeof about;
        name.at(length) = device;
        if (::sysctl(name.data(), static_cast<unsigned>(length + 1), &about, &size, nullptr, 0) != 0) break;
        if (size < sizeof about || about.xsw_version != XSWDEV_VERSION) return std::nullopt;
        all += about.xsw_nblks;
        used += about.xsw_used;
    }
    return all == 0 ? std::optional(0.0) : share(all - used, all);
}

}  // namespace

core::Result<core::PressureGauge::Reading> PagePressure::read() {
    Reading reading;
    const auto pages = system_number("vm.stats.vm.v_page_count");
    reading.memory_total = pages.value_or(0) * ::getpagesize();
    reading.figures[core::place_of(HostFigure::MemoryAvailable)] = share(available_pages(), pages);
    reading.figures[core::place_of(HostFigure::SwapFree)] = free_swap();
    const auto room = disk_room(state_directory_);
    if (!room) return room.error();
    reading.figures[core::place_of(HostFigure::StateFree)] = share(room->free, room->total);
    return reading;
}

std::string PagePressure::missing(HostFigure figure) const {
    switch (figure) {
        case HostFigure::MemoryAvailable:
        case HostFigure::SwapFree:
        case HostFigure::StateFree: return {};
        case HostFigure::PidsFree: return "FreeBSD does not count its processes for others";
        case HostFigure::Refaults: return "FreeBSD does not count refaults";
        default: return "FreeBSD does not count stalls for memory";
    }
}

std::string PagePressure::no_reclaim() const {
    return "FreeBSD cannot make a jail give memory back";
}

void PagePressure::reclaim(const core::RunKey& /*key*/, std::int64_t /*bytes*/, core::Reply<void> reply) {
    executor_.post([reply = std::move(reply), why = no_reclaim()] {
        reply(core::error(core::ErrorKind::Unsupported, why));
    });
}

}  // namespace potd::platform
