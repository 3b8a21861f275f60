#include "daemon/platform/posix/base_host_layout.hpp"

#include <array>

namespace potd::platform {
namespace {

constexpr mode_t plain_mode = 0755;

constexpr std::array<HostFolder, 25> folders{{{"proc", 0555},
                                              {"sys", 0555},
                                              {"dev", plain_mode},
                                              {"run", plain_mode},
                                              {"run/lock", 01777},
                                              {"tmp", 01777},
                                              {"root", 0700},
                                              {"home", plain_mode},
                                              {"srv", plain_mode},
                                              {"opt", plain_mode},
                                              {"mnt", plain_mode},
                                              {"media", plain_mode},
                                              {"etc", plain_mode},
                                              {"etc/ssl", plain_mode},
                                              {"etc/default", plain_mode},
                                              {"var", plain_mode},
                                              {"var/tmp", 01777},
                                              {"var/log", plain_mode},
                                              {"var/cache", plain_mode},
                                              {"var/lib", plain_mode},
                                              {"var/local", plain_mode},
                                              {"var/lib/misc", plain_mode},
                                              {"var/spool", plain_mode},
                                              {"var/mail", 01777},
                                              {"var/backups", plain_mode}}};

constexpr std::array<HostLink, 3> links{
    {{"var/run", "/run"}, {"var/lock", "/run/lock"}, {"etc/mtab", "../proc/self/mounts"}}};

/// Nothing of it is secret, and everybody may read it.
constexpr std::array<HostFile, 36> etc_files{{{"etc", "nsswitch.conf"},
                                              {"etc", "ld.so.cache"},
                                              {"etc", "ld.so.conf"},
                                              {"etc", "ld.so.conf.d"},
                                              {"etc", "alternatives"},
                                              {"etc/ssl", "certs"},
                                              {"etc/ssl", "openssl.cnf"},
                                              {"etc", "ca-certificates"},
                                              {"etc", "ca-certificates.conf"},
                                              {"etc", "os-release"},
                                              {"etc", "lsb-release"},
                                              {"etc", "debian_version"},
                                              {"etc", "localtime"},
                                              {"etc", "timezone"},
                                              {"etc", "services"},
                                              {"etc", "protocols"},
                                              {"etc", "networks"},
                                              {"etc", "rpc"},
                                              {"etc", "mime.types"},
                                              {"etc", "magic"},
                                              {"etc", "profile"},
                                              {"etc", "profile.d"},
                                              {"etc", "bash.bashrc"},
                                              {"etc", "inputrc"},
                                              {"etc", "shells"},
                                              {"etc/default", "locale"},
                                              {"etc", "locale.conf"},
                                              {"etc", "locale.alias"},
                                              {"etc", "terminfo"},
                                              {"etc", "host.conf"},
                                              {"etc", "gai.conf"},
                                              {"etc", "login.defs"},
                                              {"etc", "issue"},
                                              {"etc", "issue.net"},
                                              {"etc", "motd"},
                                              {"etc", "skel"}}};

/// Top-level names that are symlinks into /usr, or on machines not merged directories of their own.
constexpr std::array<const char*, 8> system_names{"usr",   "bin",   "sbin",   "lib",
                                                  "lib32", "lib64", "libx32", "libo32"};

}  // namespace

const HostLayout& host_layout() {
    static const HostLayout layout{folders, links, etc_files, system_names};
    return layout;
}

}  // namespace potd::platform
