#include "daemon/platform/freebsd/pf.hpp"

#include "daemon/platform/freebsd/memory_file.hpp"
#include "daemon/platform/freebsd/pure/pf_text.hpp"
#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/zfs_program.hpp"

#include <chrono>
#include <string_view>
#include <vector>

#include <unistd.h>

namespace potd::platform {
namespace {

constexpr const char* pfctl_path = "/sbin/pfctl";
constexpr std::chrono::milliseconds pfctl_patience{30'000};

core::Result<std::string> ask_pfctl(const std::vector<std::string>& words, std::string_view input = {}) {
    const auto file = memory_file(input);
    if (!file) return file.error();
    std::vector<std::string> command{pfctl_path};
    command.insert(command.end(), words.begin(), words.end());
    auto end = run_host_program(command, pfctl_patience, file->get());
    if (!end) return std::move(end).error();
    if (end->status == 0) return std::move(end->output);
    return core::error(core::ErrorKind::Internal,
                       "pfctl: " + std::string(trimmed(end->errors.empty() ? end->output : end->errors)));
}

}  // namespace

core::Status Pf::check() const {
    if (::access("/dev/pf", F_OK) != 0)
        return core::error(core::ErrorKind::Unsupported,
                           "pf is not loaded; bridges need it: service pf enable, then service pf start");
    const auto info = ask_pfctl({"-s", "info"}), nat = ask_pfctl({"-s", "nat"}),
               rules = ask_pfctl({"-s", "rules"});
    for (const auto* const one : {&info, &nat, &rules}) {
        if (!*one) return core::error(core::ErrorKind::Unsupported, one->error().message);
    }
    return check_pf(*info, *nat, *rules);
}

bool Pf::knows_sctp() const {
    return ask_pfctl({"-n", "-f", "-"},
                     "rdr on lo0 inet proto sctp from any to any port 1 -> 127.0.0.1 port 1\n")
        .ok();
}

core::Status Pf::load(const std::string& rules) const {
    const auto loaded = ask_pfctl({"-a", anchor_, "-f", "-"}, rules);
    return loaded ? core::Status() : core::Status(loaded.error());
}

}  // namespace potd::platform
