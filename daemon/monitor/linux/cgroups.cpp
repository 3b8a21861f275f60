#include "daemon/monitor/linux/cgroups.hpp"

#include "daemon/monitor/linux/raw_call.hpp"
#include "daemon/monitor/sys.hpp"
#include "daemon/monitor/text.hpp"

#include <cerrno>
#include <optional>
#include <span>

#include <fcntl.h>

namespace potd::monitor {

using platform::CgroupDirectory;
using platform::CgroupView;
using platform::PlanTag;
using platform::PlanView;

namespace {

using Path = FixedText<4096>;

long write_file(const Path& path, std::string_view value) {
    const int fd = sys::open_at(AT_FDCWD, path.c_str(), O_WRONLY);
    if (fd < 0) return fd;
    const long result = sys::write(fd, value.data(), value.size());
    sys::close(fd);
    return result;
}

Path file_in(const CgroupView& cgroup, std::string_view file) {
    Path path;
    path.add(cgroup.path).add("/").add(file);
    return path;
}

bool is(const CgroupView& cgroup, CgroupDirectory::Role role) {
    return (cgroup.roles & role) != 0;
}

template <class Visit>
void for_each_cgroup(const PlanView& plan, Visit visit) {
    for (const auto payload : plan.of(PlanTag::Cgroup)) {
        CgroupView cgroup;
        if (!platform::read_cgroup(payload, cgroup) || !visit(cgroup)) return;
    }
}

bool write_settings(const CgroupView& cgroup, Fault& fault) {
    auto item = cgroup.settings.begin();
    for (std::uint32_t i = 0; i < cgroup.settings.size(); i += 3) {
        const std::string_view file = *item;
        const std::string_view value = *++item;
        const bool optional = *++item == "1";
        ++item;
        const Path path = file_in(cgroup, file);
        const long result = write_file(path, value);
        if (result < 0 && !optional) return fail(fault, Stage::Cgroup, result, "set", path.view());
    }
    return true;
}

std::int64_t read_number(const CgroupView& cgroup, std::string_view file, std::string_view key) {
    const int fd = sys::open_at(AT_FDCWD, file_in(cgroup, file).c_str(), O_RDONLY);
    if (fd < 0) return -1;
    char text[512];
    const long size = sys::read(fd, text, sizeof text);
    sys::close(fd);
    if (size <= 0) return -1;
    return number_of_key({text, static_cast<std::size_t>(size)}, key).value_or(-1);
}

}  // namespace

std::optional<std::int64_t> number_of_key(std::string_view text, std::string_view key) {
    std::size_t at = 0;
    while (at + key.size() < text.size()) {
        const bool line_start = at == 0 || text[at - 1] == '\n';
        if (line_start && std::string_view(text.data() + at, key.size()) == key) break;
        ++at;
    }
    std::int64_t value = 0;
    bool any = false;
    for (std::size_t i = at + key.size(); i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
        value = value * 10 + (text[i] - '0');
        any = true;
    }
    return any ? std::optional<std::int64_t>(value) : std::nullopt;
}

bool make_cgroups(const PlanView& plan, Fault& fault) {
    bool made = true;
    for_each_cgroup(plan, [&](const CgroupView& cgroup) {
        if (is(cgroup, CgroupDirectory::Shared) || is(cgroup, CgroupDirectory::Later)) return true;
        const long result = raw_call(SYS_mkdirat, AT_FDCWD, cgroup.path.data(), 0755);
        if (result < 0 && result != -EEXIST) {
            made = fail(fault, Stage::Cgroup, result, "make", cgroup.path);
        } else {
            made = write_settings(cgroup, fault);
        }
        return made;
    });
    return made;
}

int open_unified(const PlanView& plan) {
    int fd = -1;
    for_each_cgroup(plan, [&](const CgroupView& cgroup) {
        if (!is(cgroup, CgroupDirectory::Unified)) return true;
        fd = sys::open_at(AT_FDCWD, cgroup.path.data(), O_PATH | O_DIRECTORY);
        return false;
    });
    return fd;
}

bool join_v1_cgroups(const PlanView& plan, Fault& fault) {
    bool joined = true;
    for_each_cgroup(plan, [&](const CgroupView& cgroup) {
        if (is(cgroup, CgroupDirectory::Unified)) return true;
        const Path path = file_in(cgroup, "tasks");
        const long result = write_file(path, "0");
        if (result == -ENOENT && is(cgroup, CgroupDirectory::Later)) return true;
        if (result < 0) joined = fail(fault, Stage::Cgroup, result, "join", path.view());
        return joined;
    });
    return joined;
}

void kill_cgroups(const PlanView& plan) {
    for_each_cgroup(plan, [](const CgroupView& cgroup) {
        // A pot that is not frozen, or has no such file, needs neither; there is no failure to act on.
        if (is(cgroup, CgroupDirectory::Unified)) (void)write_file(file_in(cgroup, "cgroup.kill"), "1");
        if (!is(cgroup, CgroupDirectory::Freezer)) return true;
        const bool v2 = is(cgroup, CgroupDirectory::Unified);
        (void)(v2 ? write_file(file_in(cgroup, "cgroup.freeze"), "0")
                  : write_file(file_in(cgroup, "freezer.state"), "THAWED"));
        return true;
    });
}

MemoryFacts read_memory_facts(const PlanView& plan) {
    MemoryFacts facts;
    for_each_cgroup(plan, [&](const CgroupView& cgroup) {
        if (!is(cgroup, CgroupDirectory::Memory)) return true;
        const bool v2 = is(cgroup, CgroupDirectory::Unified);
        facts.peak = read_number(cgroup, v2 ? "memory.peak" : "memory.max_usage_in_bytes", "");
        facts.oom_kills = read_number(cgroup, v2 ? "memory.events" : "memory.oom_control", "oom_kill ");
        return false;
    });
    return facts;
}

bool remove_cgroups(const PlanView& plan) {
    bool removed = true;
    for_each_cgroup(plan, [&](const CgroupView& cgroup) {
        if (is(cgroup, CgroupDirectory::Shared)) return true;
        const long result = raw_call(SYS_unlinkat, AT_FDCWD, cgroup.path.data(), AT_REMOVEDIR);
        if (result < 0 && result != -ENOENT) removed = false;
        return true;
    });
    return removed;
}

}  // namespace potd::monitor
