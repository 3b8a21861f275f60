#include "tests/sim/sim_machine.hpp"

#include <string>
#include <utility>

// The snapshots of the simulated machine: what is there, not what is in it.

namespace potd::sim {
namespace {

std::string text_of(const core::SnapshotKey& key) {
    return key.pot.text + "." + std::to_string(key.number);
}

bool fails(std::uint32_t how) {
    constexpr std::uint32_t one_in = 8;
    return how % one_in == 0;
}

core::Error no_space() {
    return core::error(core::ErrorKind::ResourceExhausted, "no space left on device");
}

}  // namespace

void SimMachine::expect_down(const core::PotId& pot, const char* when) {
    for (const auto& [key, life] : lives) {
        const bool runs = key.pot == pot && life.phase == Phase::Running && !life.left_over && !life.disowned;
        judge_.expect(!runs, "I4", [&] { return "pot " + pot.text + " runs " + when; });
    }
}

void SimMachine::clone(const core::SnapshotKey& source, const core::PotId& id, core::Reply<void> reply) {
    judge_.expect(snapshots.contains(source), "I4",
                  [&] { return "snapshot " + text_of(source) + " is cloned and not there"; });
    make_directory(id, "clone", std::move(reply));
}

void SimMachine::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    expect_down(key.pot, "while it is kept");
    push("snapshot", [this, key, reply = std::move(reply)](std::uint32_t how) {
        core::Status status;
        if (fails(how))
            status = no_space();
        else
            snapshots.insert(key);
        loop_.post([reply, status] { reply(status); });
    });
}

void SimMachine::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    judge_.expect(snapshots.contains(key), "I4",
                  [&] { return "a pot goes back to snapshot " + text_of(key) + ", which is not there"; });
    push("rollback", [this, key, reply = std::move(reply)](std::uint32_t how) {
        expect_down(key.pot, "while it goes back");
        core::Status status;
        if (fails(how)) status = no_space();
        loop_.post([reply, status] { reply(status); });
    });
}

void SimMachine::lend(const core::SnapshotKey& key, const core::Base&, core::Reply<core::LentTree> reply) {
    loop_.post([reply = std::move(reply), key] { reply(core::LentTree{key, {}}); });
}

core::Status SimMachine::discard(const core::SnapshotKey& key) {
    snapshots.erase(key);
    return {};
}

void SimMachine::measure(const core::SnapshotKey& /*key*/, core::Reply<std::int64_t> reply) {
    loop_.post([reply = std::move(reply)] { reply(0); });
}

void SimMachine::measure(const core::PotId& /*id*/, core::Reply<std::int64_t> reply) {
    loop_.post([reply = std::move(reply)] { reply(0); });
}

}  // namespace potd::sim
