#pragma once

#include "client/base/result.hpp"
#include "client/command/invocation.hpp"
#include "client/json/value.hpp"

#include <array>

namespace potd::client {

/// Options that become members of `limits`: of `create`, `run` and, where "none" takes one back, `set-rss`.
inline constexpr std::array limit_options = {
    Option{0, "memory-soft", "SIZE", "memory above which it gives way to others"},
    Option{0, "swap", "SIZE", "most swap beside the memory"},
    Option{0, "cpus", "NUMBER", "most CPU time, 1.5 is one and a half CPUs"},
    Option{0, "cpu-weight", "WEIGHT", "share of CPU time against other pots, 1 to 10000, 100 if not given"},
    Option{0, "cpuset", "LIST", "the CPUs it may run on, for instance 0,2-3"},
    Option{0, "pids", "NUMBER", "most processes"},
    Option{0, "files", "NUMBER", "most open files"},
    Option{0, "io-weight", "WEIGHT", "share of block devices against other pots, 1 to 10000"},
    Option{
        0, "io", "DEVICE,BOUND=RATE[,…]",
        "bounds on a block device: read_bps, write_bps (bytes a second), read_iops, write_iops; for instance "
        "/dev/vda,read_bps=10M; may be repeated"},
    Option{0, "hugepages", "PAGE=SIZE",
           "most in huge pages of this size, for instance 2M=64M; may be repeated"},
    Option{0, "rctl", "RESOURCE=AMOUNT", "on FreeBSD a further resource of rctl(8); may be repeated"},
    Option{0, "disk", "SIZE", "most that its files may take, those of its base included, for instance 2G"},
    Option{0, "network-rx", "SIZE", "most bytes a second that it receives on bridges, for instance 10M"},
    Option{0, "network-tx", "SIZE", "the same of what it sends"},
    Option{0, "best-effort", "LIMIT[,…]|all",
           "limits that it does without where the machine cannot enforce them, for instance io_weight,swap"},
};

/// Reads them, and `memory` and `cpu-count`, into `limits`, which stays as it was without any. With
/// `may_unset` the text "none" is a null, or an empty list.
[[nodiscard]] Status limits_from_options(const Arguments& arguments, Value& limits, bool may_unset);

}  // namespace potd::client
