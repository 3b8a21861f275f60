#pragma once

#include "client/command/invocation.hpp"
#include "client/command/limit_options.hpp"

#include <array>

namespace potd::client {

inline constexpr std::array spec_own_options = {
    Option{'b', "base", "BASE", "the base it is built on", Completes::Bases},
    Option{'l', "level", "LEVEL", "pot's level", Completes::Nothing, "0|1|2"},
    Option{'N', "network", "TYPE", "its network", Completes::Nothing,
           "inherit|none|alias|public-bridge|private-bridge"},
    Option{'e', "env", "VAR=VALUE", "set a variable; may be repeated"},
    Option{
        0, "env-secret", "VAR=VALUE",
        "set a variable that nobody is shown again; VAR=@FILE takes what a file has, VAR=@- standard input; "
        "may be repeated"},
    Option{'u', "user", "USER", "run the command as this user of the pot: name, uid, name:group or uid:gid"},
    Option{'w', "workdir", "DIR", "the command's working directory"},
    Option{0, "hostname", "NAME", "its host name; else the pot's name"},
    Option{0, "label", "KEY=VALUE", "attach a label; may be repeated"},
    Option{0, "memory", "SIZE", "most memory, for instance 256M"},
    Option{0, "oom-policy", "POLICY", "what follows when the kernel has killed a process of it for memory",
           Completes::Nothing, "kill|restart|stop|notify"},
    Option{0, "oom-priority", "NUMBER",
           "lower ones give way first when the machine is short; 0 if not given"},
    Option{0, "oom-protected", "", "it never gives way when the machine is short"},
    Option{0, "cpu-count", "NUMBER", "it runs on so many CPUs, which potd chooses"},
    Option{0, "rlimit", "NAME=VALUE",
           "a resource limit of the command, for instance nofile=4096; may be repeated"},
    Option{0, "mount", "SOURCE:TARGET[:ro]",
           "show a host directory (its absolute path), a volume (its name) or a dataset (POOL/PATH) inside; "
           "may be "
           "repeated",
           Completes::Directories},
    Option{0, "tmpfs", "TARGET[:SIZE]", "show an empty memory file system inside; may be repeated"},
    Option{0, "persistent", "", "it stays up when its command ends"},
    Option{0, "no-persistent", "", "it stops when its command ends"},
    Option{0, "prunable", "", "prune may destroy it once it has run"},
    Option{0, "start-at-boot", "", "start it when the machine starts"},
    Option{0, "restart", "POLICY[:N]",
           "what follows an end nobody asked for: no, on-failure[:N], always or unless-stopped"},
    Option{0, "depends-on", "POT", "a pot that must be up before this one starts; may be repeated",
           Completes::Pots},
    Option{0, "stop-signal", "SIGNAL", "what asks it to end; TERM if not given"},
    Option{0, "stop-command", "LINE",
           "what is run inside to ask it to end, instead of the signal; split by the quoting rules of sh"},
    Option{0, "stop-timeout", "DURATION", "how long it may take to end before SIGKILL"},
    Option{'A', "attribute", "NAME=VALUE", "set one of pot's attributes; may be repeated",
           Completes::Attributes},
    Option{0, "cap-add", "CAPABILITY", "let it keep a capability; may be repeated"},
    Option{0, "cap-drop", "CAPABILITY", "take a capability away, ALL for all; may be repeated"},
    Option{0, "read-only", "", "mount its root read-only"},
    Option{0, "seccomp", "PROFILE", "its system call filter", Completes::Nothing, "default|unconfined"},
    Option{0, "userns", "MODE", "whether its root is without rights outside (a user namespace)",
           Completes::Nothing, "on|off"},
    Option{0, "allow-new-privileges", "", "set-uid programs work inside"},
    Option{0, "file", "FILE", "read the spec from this YAML or JSON file first, - is standard input",
           Completes::Files},
    Option{0, "snapshot-every", "DURATION", "take a snapshot of it so often, 1m or longer"},
    Option{0, "snapshot-keep", "NUMBER", "of those so many stay, the newest; 24 if not given"},
    Option{0, "snapshot-keep-for", "DURATION", "of those the older ones go as well"},
    Option{'S', "stack", "STACK", "only addresses of this family, or of both", Completes::Nothing,
           "ipv4|ipv6|dual"},
    Option{0, "ip", "ADDRESS",
           "an address on its bridge, or auto, or slaac; BRIDGE|ADDRESS on another of its bridges; with the "
           "type alias "
           "INTERFACE|ADDRESS, on an interface of the host; may be repeated"},
    Option{'B', "bridge", "BRIDGE",
           "its private bridge; repeated, or with the type public-bridge, a further one", Completes::Bridges},
    Option{
        0, "device", "INTERFACE",
        "an interface of the host that is the pot's while it runs: INTERFACE[=NAME][|ADDRESS[@GATEWAY]]...; "
        "may be repeated, none takes those of a source or file away"},
    Option{0, "mac", "ADDRESS", "the hardware address on its first bridge; else made of the pot's id"},
    Option{0, "publish", "PORT",
           "lead a port of the host to it: [PROTOCOL:]POT_PORT[:HOST_PORT[@ADDRESS]]; may be repeated, none "
           "takes those of a source or file away"},
    Option{'P', "parent", "POT", "give it the files of the newest snapshot of this pot", Completes::Pots},
};

/// Options of one verb beside others.
template <std::size_t A, std::size_t B>
[[nodiscard]] constexpr std::array<Option, A + B> joined(const std::array<Option, A>& first,
                                                         const std::array<Option, B>& second) {
    std::array<Option, A + B> all{};
    for (std::size_t i = 0; i < A; ++i) all[i] = first[i];
    for (std::size_t i = 0; i < B; ++i) all[A + i] = second[i];
    return all;
}

/// Options of `create` and `run` that become fields of the pot's spec.
inline constexpr auto spec_options = joined(spec_own_options, limit_options);

/// The spec that the options, the file they name and the command stand for. Fields the options do not
/// name keep what the file says.
[[nodiscard]] Result<Value> spec_from_options(const Arguments& arguments);

/// "VAR=VALUE" in two; usage failure (naming `option`) without an equals sign or a name.
[[nodiscard]] Result<std::pair<std::string, std::string>> split_pair(std::string_view option,
                                                                     std::string_view text);

}  // namespace potd::client
