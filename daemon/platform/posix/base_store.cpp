#include "daemon/platform/posix/base_store.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/posix/base_build.hpp"
#include "daemon/platform/posix/base_of_pot.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <cerrno>
#include <optional>
#include <set>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr mode_t root_mode = 0755;

std::string temporary_name(const std::string& name) {
    return ".tmp-" + name + "-" + std::to_string(::getpid());
}

std::string tree_name(const core::BaseRequest& request) {
    return core::base_tree_name(request.name, request.revision);
}

/// Progress comes on the loop thread, in order and before the reply.
core::BaseStore::Progress on_loop(core::Executor& executor, core::BaseStore::Progress progress,
                                  std::weak_ptr<bool> alive) {
    return [&executor, progress = std::move(progress),
            alive = std::move(alive)](const core::OperationProgress& now) {
        if (!progress || alive.expired()) return;
        executor.post([progress, alive, now] {
            if (!alive.expired()) progress(now);
        });
    };
}

core::Status receive_tree(const BaseBuild& job, BaseVolumes& volumes, const std::string& temporary) {
    return volumes.receive(job.request.tree->key, temporary, job.progress, "copies " + job.request.origin,
                           *job.stop);
}

core::Result<core::Base> build_in_directory(BaseBuild job, UniqueFd& tree, const std::string& temporary) {
    if (job.request.tree) {
        auto parent = open_directory(job.path.substr(0, job.path.rfind('/')));
        if (!parent) return std::move(parent).error();
        auto doubled = double_from_pot(*job.request.tree, parent->get(), temporary, tree);
        if (!doubled) return std::move(doubled).error();
        job.is_filled = doubled.value();
    }
    return build_base(job, tree.get());
}

/// In a volume that is mounted on the temporary directory while it is filled.
core::Result<core::Base> build_in_volume(BaseBuild job, BaseVolumes& volumes, const std::string& temporary) {
    job.is_filled = job.request.tree.has_value();
    auto outcome = [&]() -> core::Result<core::Base> {
        auto made = job.request.tree ? receive_tree(job, volumes, temporary) : volumes.make(temporary);
        if (!made) return std::move(made).error();
        auto tree = open_directory(job.path);
        return tree ? build_base(job, tree->get()) : core::Result<core::Base>(std::move(tree).error());
    }();
    auto kept = outcome ? volumes.keep(temporary, tree_name(job.request)) : core::Status(outcome.error());
    if (kept) return outcome;
    for (const std::string& name : {temporary, tree_name(job.request)}) {
        if (auto gone = volumes.discard(name); !gone && job.options.problem)
            job.options.problem(job.path + ": " + gone.error().message);
    }
    return std::move(kept).error();
}

}  // namespace

TreeBaseStore::TreeBaseStore(core::Executor& executor, BaseOptions options, UniqueFd directory,
                             std::shared_ptr<TreeTrash> trash)
    : executor_(executor),
      options_(std::move(options)),
      path_(options_.state_dir + "/bases"),
      directory_(std::move(directory)),
      trash_(std::move(trash)) {}

TreeBaseStore::~TreeBaseStore() {
    stop();
}

void TreeBaseStore::stop() {
    stopped_ = true;
    for (const auto& [name, stop] : stops_) stop->raise();
}

void TreeBaseStore::cancel(std::string_view name) {
    if (const auto found = stops_.find(name); found != stops_.end()) found->second->raise();
}

core::Result<std::unique_ptr<TreeBaseStore>> TreeBaseStore::open(core::Executor& executor,
                                                                 BaseOptions options) {
    auto trash = TreeTrash::open(executor, options.state_dir + "/trash", options.problem);
    if (!trash) return std::move(trash).error();
    const std::string path = options.state_dir + "/bases";
    auto made = make_directory(AT_FDCWD, path, S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in(path);
    auto directory = open_directory(path);
    if (!directory) return std::move(directory).error();
    return std::unique_ptr<TreeBaseStore>(new TreeBaseStore(
        executor, std::move(options), std::move(directory).value(), std::move(trash).value()));
}

void TreeBaseStore::install(const core::BaseRequest& request, Progress progress,
                            core::Reply<core::Base> reply) {
    auto refuse = [&](core::Error error) {
        executor_.post([reply, error = std::move(error)] { reply(error); });
    };
    auto checked = check_base_request(request, options_);
    if (!checked) return refuse(std::move(checked).error());
    auto tree = begin(tree_name(*checked), temporary_name(checked->name));
    if (!tree) return refuse(std::move(tree).error());
    build(checked.value(), std::move(tree).value(), std::move(progress), std::move(reply));
}

core::Result<UniqueFd> TreeBaseStore::begin(const std::string& name, const std::string& temporary) {
    if (stat_entry(directory_.get(), name)) {
        return core::error(core::ErrorKind::Conflict, "base " + name + " is installed already");
    }
    auto made = make_tree(directory_.get(), temporary, root_mode);
    if (!made && made.error().os_error == EEXIST) {
        return core::error(core::ErrorKind::Conflict, "base " + name + " is being installed");
    }
    if (!made) return std::move(made).error().in(path_);
    return open_child_directory(directory_.get(), temporary);
}

void TreeBaseStore::build(const core::BaseRequest& request, UniqueFd tree, Progress progress,
                          core::Reply<core::Base> reply) {
    const std::string temporary = temporary_name(request.name);
    auto stop = std::make_shared<StopSignal>();
    if (stopped_) stop->raise();
    stops_[request.name] = stop;
    const Progress told = on_loop(executor_, std::move(progress), alive_);
    BaseBuild job{request,
                  options_,
                  path_ + "/" + temporary,
                  [told](std::string_view line) {
                      told({{}, {}, {}, std::string(line)});
                  },
                  told,
                  std::move(stop)};
    auto outcome = std::make_shared<std::optional<core::Result<core::Base>>>();
    auto work = [job = std::move(job), root = std::make_shared<UniqueFd>(std::move(tree)),
                 volumes = options_.volumes, temporary, outcome] {
        *outcome =
            volumes ? build_in_volume(job, *volumes, temporary) : build_in_directory(job, *root, temporary);
    };
    auto done = [this, alive = std::weak_ptr(alive_), name = request.name, temporary, outcome,
                 reply = std::move(reply)] {
        if (alive.expired()) return;
        stops_.erase(name);
        reply(built(temporary, std::move(**outcome)));
    };
    executor_.blocking(std::move(work), std::move(done));
}

core::Result<core::Base> TreeBaseStore::built(const std::string& temporary,
                                              core::Result<core::Base> outcome) {
    if (outcome) {
        const std::string name = core::base_tree_name(outcome->name, outcome->revision);
        outcome->path = path_ + "/" + name;
        const bool named = options_.volumes != nullptr;
        if (named) discard_temporary(temporary);
        if (named || ::renameat(directory_.get(), temporary.c_str(), directory_.get(), name.c_str()) == 0)
            return outcome;
        outcome = core::os_error(errno, path_ + "/" + name);
    }
    discard_temporary(temporary);
    return outcome;
}

void TreeBaseStore::discard_temporary(const std::string& temporary) {
    auto cleared = trash_->take(directory_.get(), temporary);
    if (!cleared && options_.problem)
        options_.problem(path_ + "/" + temporary + ": " + cleared.error().message);
}

void TreeBaseStore::remove(const core::Base& base, core::Reply<void> reply) {
    const auto named = core::check_name(base.name);
    const std::string tree = core::base_tree_name(base.name, base.revision);
    if (named && options_.volumes) return remove_volume(tree, std::move(reply));
    auto removed = named ? trash_->take(directory_.get(), tree) : named;
    executor_.post([reply = std::move(reply), removed = std::move(removed)] { reply(removed); });
}

void TreeBaseStore::remove_volume(const std::string& name, core::Reply<void> reply) {
    auto outcome = std::make_shared<core::Status>();
    auto work = [volumes = options_.volumes, name, outcome] { *outcome = volumes->discard(name); };
    auto done = [this, alive = std::weak_ptr(alive_), name, outcome, reply = std::move(reply)] {
        if (alive.expired()) return;
        reply(*outcome ? trash_->take(directory_.get(), name) : std::move(*outcome));
    };
    options_.volumes->order().blocking(std::move(work), std::move(done));
}

core::Status TreeBaseStore::sweep(const std::vector<core::Base>& known) {
    std::set<std::string> keep;
    for (const core::Base& base : known) {
        keep.insert(core::base_tree_name(base.name, base.revision));
        for (const core::BaseRevision& other : base.others)
            keep.insert(core::base_tree_name(base.name, other.number));
    }
    core::Status first;
    if (options_.volumes) first = options_.volumes->sweep(keep);
    auto names = names_in(directory_.get());
    if (!names) return std::move(names).error().in(path_);
    for (const std::string& name : names.value()) {
        if (keep.contains(name)) continue;
        auto taken = trash_->take(directory_.get(), name);
        if (!taken && first) first = std::move(taken).in(name);
    }
    return first;
}

}  // namespace potd::platform
