#include "core/service/file_copies.hpp"

#include <utility>

namespace potd::core {
namespace {

Status check_copy_path(const std::string& path) {
    if (path.starts_with('/') && path.find('\0') == std::string::npos) return {};
    return invalid_field("path", path, "an absolute path inside the pot");
}

Status check_new_name(const std::string& name) {
    const bool usable = name != "." && name != ".." && name.find('/') == std::string::npos &&
                        name.find('\0') == std::string::npos && name.size() <= 255;
    return usable ? Status() : invalid_field("rename", name, "the name of a file, without '/'");
}

bool runs_on(const Pot& pot) {
    return (pot.state == PotState::Running || pot.state == PotState::Paused) && pot.run &&
           pot.run->processes.init.pid > 0;
}

Error is_changing(const Pot& pot) {
    return error(ErrorKind::Conflict, "pot " + pot.spec.name + " is " + std::string(to_string(pot.state)) +
                                          "; copy when it runs or has stopped");
}

}  // namespace

void FileCopies::copy_in(std::string_view pot, const Into& request, std::shared_ptr<PieceSource> archive,
                         const Reply<CopiedIn>& reply) {
    const Refuse refuse = [reply](Error error) { reply(std::move(error)); };
    const auto act = [this, request, archive = std::move(archive), reply](PotPlace place,
                                                                          const std::function<void()>& over) {
        ports_.files.copy_in({std::move(place), request.rename, request.make_parents, ports_.max_bytes},
                             archive, [reply, over](Result<CopiedIn> done) {
                                 over();
                                 reply(std::move(done));
                             });
    };
    if (Status named = check_new_name(request.rename); !named) {
        ports_.executor.post([refuse, named] { refuse(named.error()); });
        return;
    }
    find(pot, request.path, act, refuse);
}

void FileCopies::copy_out(std::string_view pot, const std::string& path,
                          const Reply<std::unique_ptr<PieceSource>>& reply) {
    const Refuse refuse = [reply](Error error) { reply(std::move(error)); };
    const auto act = [this, reply](const PotPlace& place, std::function<void()> over) {
        ports_.files.copy_out(place, reply, std::move(over));
    };
    find(pot, path, act, refuse);
}

void FileCopies::find(std::string_view pot, const std::string& path, Act act, Refuse refuse) {
    const PotPtr known = ports_.pots.find(pot);
    Status usable = check_copy_path(path);
    if (!known) usable = error(ErrorKind::NotFound, "no pot is called '" + std::string(pot) + "'");
    if (usable) return at_place(known, path, std::move(act), std::move(refuse));
    ports_.executor.post([refuse = std::move(refuse), usable] { refuse(usable.error()); });
}

void FileCopies::at_place(const PotPtr& pot, const std::string& path, Act act, Refuse refuse) {
    if (is_live(pot->state) || pot->state == PotState::Destroying) {
        Result<PotPlace> place = place_in(*pot, path);
        if (place) return act(std::move(place).value(), [] {});
        ports_.executor.post([refuse = std::move(refuse), place] { refuse(place.error()); });
        return;
    }
    ports_.supervisor.hold(
        pot->id, [this, pot, path, act = std::move(act), refuse = std::move(refuse)](const PotPtr& now) {
            if (!now) return refuse(error(ErrorKind::NotFound, "pot " + pot->spec.name + " was destroyed"));
            in_held(now, path, act, refuse);
        });
}

void FileCopies::in_held(const PotPtr& now, const std::string& path, const Act& act, const Refuse& refuse) {
    const auto let_go = [this, id = now->id] { ports_.supervisor.let_go(id); };
    Result<PotPlace> place = place_in(*now, path);
    // What runs by now is not held up.
    const bool holds = place && !place->init;
    if (!holds) let_go();
    if (!place) return refuse(std::move(place).error());
    act(
        std::move(place).value(), holds ? std::function<void()>(let_go) : [] {});
}

Result<PotPlace> FileCopies::place_in(const Pot& pot, const std::string& path) const {
    const bool runs = runs_on(pot);
    if (!runs && (is_live(pot.state) || pot.state == PotState::Destroying)) return is_changing(pot);
    Result<RootFs> root = ports_.root(pot);
    if (!root) return std::move(root).error();
    PotPlace place;
    place.root = std::move(root).value();
    if (runs) {
        place.init = pot.run->processes.init;
        place.monitor = pot.run->processes.monitor;
    }
    place.first_host_id = pot.spec.security.user_namespace ? pot.first_host_id : 0;
    place.path = path;
    return place;
}

}  // namespace potd::core
