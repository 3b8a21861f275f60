#include "tests/support/host_probe.hpp"

#include "tests/support/binaries.hpp"
#include "tests/support/program.hpp"
#include "tests/support/system.hpp"
#include "tests/support/temp_dir.hpp"

#include <unistd.h>

namespace potd::test {

std::string lacks_root() {
    return ::geteuid() == 0 ? "" : "needs root";
}

std::string lacks_potd() {
    for (const char* name : {"potd", "potmon", "potctl"}) {
        if (::access(binary(name).c_str(), X_OK) != 0) return binary(name) + " is not there";
    }
    return lacks_root();
}

std::string lacks_overlay() {
    static const std::string reason = [] {
        const TempDir place("potd-probe");
        return overlay_works(place.path()) ? "" : "no overlay file system on " + place.path().string();
    }();
    return reason;
}

std::string lacks_debootstrap() {
    static const std::string reason = []() -> std::string {
        if (std::string missing = lacks_program("debootstrap"); !missing.empty()) return missing;
        const TempDir place("potd-probe");
        ProgramOptions options;
        options.timeout = milliseconds(60'000);
        const Outcome outcome = run_program(
            {"debootstrap", "--print-debs", "--variant=minbase", "bookworm", (place / "root").string()},
            options);
        return outcome.status == 0 ? "" : "debootstrap cannot reach a mirror: " + outcome.err;
    }();
    return reason;
}

std::string lacks_program(const std::string& name) {
    return find_program(name).empty() ? name + " is not installed" : "";
}

}  // namespace potd::test
