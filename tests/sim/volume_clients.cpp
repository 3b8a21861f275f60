#include "tests/sim/clients.hpp"

#include <utility>
#include <vector>

// What clients want of volumes and of their snapshots.

namespace potd::sim {

using core::Result;
using core::Status;
using core::Volume;
using core::VolumeService;
using core::VolumeSnapshot;
using core::VolumeSnapshots;

namespace {

std::string volume_name(std::uint32_t number) {
    return "v" + std::to_string(number % 3);
}

}  // namespace

void Clients::ask(VolumeService& volumes, VolumeSnapshots& snapshots, const Choice& choice) {
    const std::string name = volume_name(choice.a / 4);
    const std::uint32_t b = choice.b / 8;
    switch (choice.b % 8) {
        case 0: remove(volumes, name); break;
        case 1:
        case 2: create(volumes, name, b); break;
        case 3:
        case 4: take(snapshots, name, b); break;
        case 5: roll_back(snapshots, name, b); break;
        case 6: copy(snapshots, name, b); break;
        default: change(volumes, name, b);
    }
}

core::Reply<Volume> Clients::volume_reply_to(std::string what) {
    const std::size_t ticket = open(std::move(what));
    return [this, ticket](const Result<Volume>& result) {
        answered(ticket, result ? Status() : Status(result.error()));
    };
}

void Clients::create(VolumeService& volumes, const std::string& name, std::uint32_t b) {
    Volume wanted;
    wanted.name = name;
    wanted.snapshots = make_spec(name, b).snapshots;
    volumes.create(wanted, volume_reply_to("create fscomp " + name));
}

void Clients::remove(VolumeService& volumes, const std::string& name) {
    volumes.remove(name, void_reply_to("remove fscomp " + name, {}));
}

void Clients::change(VolumeService& volumes, const std::string& name, std::uint32_t b) {
    const auto edit = [&](Volume& volume) {
        volume.snapshots = make_spec(name, b).snapshots;
        return Status();
    };
    volumes.change(name, {edit, {}}, volume_reply_to("change fscomp " + name));
}

void Clients::take(VolumeSnapshots& snapshots, const std::string& volume, std::uint32_t b) {
    if (b % 4 == 0) {
        const std::size_t ticket = open("purge fscomp " + volume);
        snapshots.purge(volume, {b / 4 % 2, {}, {}},
                        [this, ticket](const Result<std::vector<VolumeSnapshot>>& removed) {
                            answered(ticket, removed ? Status() : Status(removed.error()));
                        });
        return;
    }
    const std::size_t ticket = open("snapshot fscomp " + volume);
    snapshots.take(volume, {b % 4 == 1 ? "mine" : "", b % 4 == 2},
                   [this, ticket](const Result<VolumeSnapshot>& taken) {
                       answered(ticket, taken ? Status() : Status(taken.error()));
                   });
}

void Clients::roll_back(VolumeSnapshots& snapshots, const std::string& volume, std::uint32_t b) {
    const auto known = snapshots.list(volume);
    VolumeSnapshots::GoingBack request;
    if (known && !known->empty() && b % 3 != 0) request.snapshot = (*known)[b % known->size()].name;
    request.destroy_newer = b % 2 == 0;
    snapshots.roll_back(volume, request, volume_reply_to("rollback fscomp " + volume));
}

void Clients::copy(VolumeSnapshots& snapshots, const std::string& volume, std::uint32_t b) {
    VolumeSnapshots::Cloning request;
    request.name = volume_name(b / 4);
    request.take = b % 2 == 0;
    snapshots.clone(volume, request, volume_reply_to("clone fscomp " + volume + " as " + request.name));
}

}  // namespace potd::sim
