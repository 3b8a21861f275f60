#include "daemon/platform/posix/base_host_layout.hpp"

#include <array>

namespace potd::platform {
namespace {

constexpr mode_t plain_mode = 0755;

/// As hier(7) has them, without what belongs to booting and to the base system's own sources.
constexpr std::array<HostFolder, 23> folders{{{"dev", 0555},
                                              {"proc", 0555},
                                              {"tmp", 01777},
                                              {"root", 0750},
                                              {"home", plain_mode},
                                              {"mnt", plain_mode},
                                              {"media", plain_mode},
                                              {"net", plain_mode},
                                              {"etc", plain_mode},
                                              {"var", plain_mode},
                                              {"var/tmp", 01777},
                                              {"var/log", plain_mode},
                                              {"var/cache", plain_mode},
                                              {"var/db", plain_mode},
                                              {"var/empty", 0555},
                                              {"var/run", plain_mode},
                                              {"var/mail", 01775},
                                              {"var/spool", plain_mode},
                                              {"var/games", plain_mode},
                                              {"var/msgs", plain_mode},
                                              {"var/crash", 0750},
                                              {"var/at", plain_mode},
                                              {"var/cron", 0750}}};

/// What programs need of /etc: databases, the resolver's order, and the scripts by which a pot without a
/// command of its own starts; without what the host's own services (newsyslog.conf.d, syslog.d) and file
/// systems in memory (mtree) have there.
constexpr std::array<HostFile, 29> etc_files{{{"etc", "nsswitch.conf"},
                                              {"etc", "localtime"},
                                              {"etc", "services"},
                                              {"etc", "protocols"},
                                              {"etc", "networks"},
                                              {"etc", "rpc"},
                                              {"etc", "netconfig"},
                                              {"etc", "profile"},
                                              {"etc", "shells"},
                                              {"etc", "login.conf"},
                                              {"etc", "login.conf.db"},
                                              {"etc", "termcap"},
                                              {"etc", "ssl"},
                                              {"etc", "rc"},
                                              {"etc", "rc.subr"},
                                              {"etc", "rc.shutdown"},
                                              {"etc", "defaults"},
                                              {"etc", "network.subr"},
                                              {"etc", "pwd.db"},
                                              {"etc", "libmap.conf"},
                                              {"etc", "motd.template"},
                                              {"etc", "gettytab"},
                                              {"etc", "os-release"},
                                              {"etc", "crontab"},
                                              {"etc", "newsyslog.conf"},
                                              {"etc", "syslog.conf"},
                                              {"etc", "pam.d"},
                                              {"etc", "csh.cshrc"},
                                              {"etc", "csh.login"}}};

constexpr std::span<const HostLink> links;

/// Shown whole and read-only. The scripts of rc(8) are by far the most files of /etc: as copies they would
/// make up half of what a new pot costs.
constexpr std::array<const char*, 8> system_names{"bin",    "sbin", "lib",    "libexec",
                                                  "rescue", "usr",  "compat", "etc/rc.d"};

}  // namespace

const HostLayout& host_layout() {
    static const HostLayout layout{folders, links, etc_files, system_names};
    return layout;
}

}  // namespace potd::platform
