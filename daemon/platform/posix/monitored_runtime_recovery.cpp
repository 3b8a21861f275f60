// The part of MonitoredRuntime that takes runs back and clears them away.

#include "daemon/platform/posix/file.hpp"
#include "daemon/platform/posix/monitored_runtime.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/spawn.hpp"
#include "daemon/platform/posix/unix_socket.hpp"

#include <csignal>
#include <set>

#include <dirent.h>

namespace potd::platform {
namespace {

constexpr core::milliseconds removal_patience{10'000};

/// The process at the other end of a monitor's socket.
struct Peer {
    ProcessHandle process;
    UniqueFd socket;
};

core::Result<Peer> meet_monitor(const std::string& path) {
    auto socket = connect_messages(path);
    if (!socket) return std::move(socket).error();
    const auto pid = peer_pid(socket->get());
    if (!pid) return pid.error();
    const auto identity = identify(pid.value());
    if (!identity) return identity.error();
    auto process = open_process(identity.value());
    if (!process) return std::move(process).error();
    return Peer{std::move(process).value(), std::move(socket).value()};
}

/// "0123456789ab.7.sock" belongs to "0123456789ab.7"; empty for other names.
std::string run_of(const std::string& file) {
    const std::size_t first = file.find('.');
    if (first == std::string::npos) return {};
    return file.substr(0, file.find('.', first + 1));
}

std::vector<std::string> files_in(const std::string& directory) {
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> stream(::opendir(directory.c_str()), &::closedir);
    if (!stream) return names;
    // readdir is safe on a stream of one's own.
    while (const dirent* entry = ::readdir(stream.get())) {  // NOLINT(concurrency-mt-unsafe)
        if (entry->d_type != DT_DIR) names.emplace_back(&entry->d_name[0]);
    }
    return names;
}

/// What several removals share: the last one to end replies.
struct Sweep {
    std::vector<std::string> names;
    std::size_t open = 0;
    core::Status result;
    core::Reply<std::vector<std::string>> reply;

    void one_done(const std::string& name, core::Status status) {
        if (status) names.push_back(name);
        if (!status && result) result = std::move(status).in(name);
        if (--open > 0) return;
        if (result) {
            reply(std::move(names));
        } else {
            reply(std::move(result).error());
        }
    }
};

}  // namespace

void MonitoredRuntime::release(const core::RunKey& key, core::Reply<void> reply) {
    const auto remove = [this, key, reply] { remove_traces(core::kernel_name(key), {}, reply); };
    const auto run = runs_.find(key);
    if (run == runs_.end()) {
        return loop_.executor.post([alive = alive_, remove] {
            if (*alive) remove();
        });
    }
    run->second->let_go([this, key, remove] {
        runs_.erase(key);
        remove();
    });
}

void MonitoredRuntime::remove_traces(const std::string& name, std::vector<std::string> files,
                                     const core::Reply<void>& reply) {
    // By name: there may be thousands of files beside them.
    const RunFiles known = files_of(name);
    files.insert(files.end(), {known.socket, known.record, known.record + ".new"});
    remove_enclosure(name, [files, reply](const core::Status& removed) {
        if (!removed) return reply(removed);
        for (const std::string& file : files) {
            if (auto gone = remove_file(file); !gone) return reply(gone);
        }
        reply({});
    });
}

void MonitoredRuntime::remove_enclosure(const std::string& name, const core::Reply<void>& reply) {
    if (enclosures().remove(name)) return reply({});
    if (auto killed = enclosures().kill(name); !killed) return reply(killed);
    // A killed process leaves its enclosure bit by bit, so emptiness of one part does not free the others.
    keep_waiting(
        [this, name](core::Reply<void> waited) {
            Awaited removal;
            removal.condition = [this, name] { return enclosures().remove(name).ok(); };
            removal.limit = removal_patience;
            return wait_until(loop_, std::move(removal), std::move(waited));
        },
        [this, name, reply](const core::Status& waited) {
            reply(waited ? core::Status{} : enclosures().remove(name));
        });
}

void MonitoredRuntime::adopt(const core::RunKey& key, const core::RunProcesses& stored,
                             core::Reply<core::Adopted> reply) {
    LiveRun& run = add_run(key);
    auto peer = meet_monitor(run.files().socket);
    const bool expected = peer && (stored.monitor.pid == 0 || stored.monitor == peer->process.identity());
    if (expected) {
        return run.adopt(std::move(peer->process), std::move(peer->socket), std::move(reply));
    }
    // A monitor that no longer listens would be in the way of what follows.
    if (const auto deaf = open_process(stored.monitor)) (void)signal_process(*deaf, SIGKILL);
    // A monitor listens before it makes anything, and makes nothing if by then its potd is gone.
    if (!peer && !traces().contains(core::kernel_name(key))) return reply_absent(key, std::move(reply));
    run.adopt_orphan(std::move(reply));
}

void MonitoredRuntime::reply_absent(const core::RunKey& key, core::Reply<core::Adopted> reply) {
    runs_.erase(key);
    core::Adopted absent;
    absent.kind = core::Adopted::Kind::Absent;
    absent.end.ended_at = loop_.clock.wall();
    absent.end.lost = true;
    absent.end.reason = "lost: there is no trace of it";
    loop_.executor.post([reply = std::move(reply), absent = std::move(absent)] { reply(absent); });
}

std::map<std::string, std::vector<std::string>> MonitoredRuntime::traces() {
    std::map<std::string, std::vector<std::string>> found;
    for (const std::string& name : enclosures().runs()) found[name];
    for (const std::string& file : files_in(directory_))
        found[run_of(file)].push_back(directory_ + "/" + file);
    found.erase("");
    return found;
}

void MonitoredRuntime::end_stray(const std::string& name, const std::function<void()>& ended) {
    auto peer = meet_monitor(files_of(name).socket);
    if (!peer) return ended();
    (void)signal_process(peer->process, SIGKILL);
    const int fd = peer->process.get();
    const auto process = std::make_shared<ProcessHandle>(std::move(peer->process));
    loop_.reactor.wait(fd, core::Reactor::Interest::Read, [this, alive = alive_, process, ended] {
        if (!*alive) return;
        loop_.reactor.forget(process->get());
        // Normally not our child: then the machine's init reaps it.
        (void)reap(*process);
        ended();
    });
}

void MonitoredRuntime::sweep(const std::vector<core::RunKey>& live,
                             core::Reply<std::vector<std::string>> reply) {
    std::set<std::string> owned;
    for (const core::RunKey& key : live) owned.insert(core::kernel_name(key));
    for (const auto& [key, run] : runs_) owned.insert(core::kernel_name(key));
    auto strays = traces();
    std::erase_if(strays, [&](const auto& each) { return owned.contains(each.first); });
    auto sweeping = std::make_shared<Sweep>();
    sweeping->reply = std::move(reply);
    sweeping->open = strays.size();
    loop_.executor.post([this, alive = alive_, sweeping, strays] {
        if (!*alive) return;
        if (strays.empty()) return sweeping->reply(std::vector<std::string>{});
        for (const auto& [name, files] : strays) {
            end_stray(name, [this, sweeping, stray = name, traces = files] {
                remove_traces(stray, traces, [sweeping, stray](const core::Status& removed) {
                    sweeping->one_done(stray, removed);
                });
            });
        }
    });
}

}  // namespace potd::platform
