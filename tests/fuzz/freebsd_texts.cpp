// What FreeBSD's kernel and programs say, what is kept on its interfaces and in its files. Pure functions:
// any system.

#include "daemon/platform/freebsd/pure/address_record.hpp"
#include "daemon/platform/freebsd/pure/device_rule.hpp"
#include "daemon/platform/freebsd/pure/freebsd_release.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/pure/limit_rule.hpp"
#include "daemon/platform/freebsd/pure/network_names.hpp"
#include "daemon/platform/freebsd/pure/racct_text.hpp"
#include "daemon/platform/freebsd/pure/rctl_log.hpp"
#include "daemon/platform/freebsd/pure/release_manifest.hpp"
#include "tests/fuzz/target.hpp"

namespace potd::fuzz {

void read_freebsd_texts(std::string_view input) {
    if (const auto record = platform::parse_address_record(input); record) {
        const auto again = platform::parse_address_record(platform::to_text(*record));
        require(again.ok(), "a record that is written can be read");
    }
    (void)platform::parse_device_rule(input, "field");
    (void)platform::parse_cpus(input, "field");
    (void)platform::parse_racct(input);
    (void)platform::parse_rules(input);
    (void)platform::memory_matches(input);
    (void)platform::userland_release(input);
    (void)platform::elf_machine(input);
    (void)platform::run_of_jail("main", input);
    (void)platform::bridge_of_note("main", input);
    (void)platform::uplink_of_note("main", input);
    (void)platform::run_of_note("main", input);
    (void)platform::parse_manifest(input);
    (void)platform::release_number(input);
}

}  // namespace potd::fuzz
