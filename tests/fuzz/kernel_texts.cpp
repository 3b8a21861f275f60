// What the kernel says of processes that choose their own names, and what programs of the host print.

#include "daemon/platform/linux/kernel_log.hpp"
#include "daemon/platform/linux/process_stat.hpp"
#include "daemon/platform/linux/stall_text.hpp"
#include "daemon/platform/linux/traffic_table.hpp"
#include "daemon/platform/posix/zfs.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/temp_dir.hpp"

namespace potd::fuzz {

void read_kernel_texts(std::string_view input) {
    (void)platform::parse_process_stat(input);
    (void)platform::total_of(platform::parse_traffic(input));
    (void)platform::parse_stall(input);
    const test::TempDir temp;
    test::write_file(temp / "kmsg", input);
    (void)platform::KernelLog(temp / "kmsg").last_victim("/potd/web.1");
    (void)platform::parse_zfs_list(input);
    (void)platform::zfs_error(1, input);
}

}  // namespace potd::fuzz
