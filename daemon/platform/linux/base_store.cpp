#include "daemon/platform/linux/base_store.hpp"

#include "core/model/names.hpp"
#include "daemon/platform/linux/base_build.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"

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

/// Progress comes on the loop thread, in order and before the reply.
std::function<void(std::string_view)> on_loop(core::Executor& executor, core::BaseStore::Progress progress,
                                              std::weak_ptr<bool> alive) {
    return [&executor, progress = std::move(progress), alive = std::move(alive)](std::string_view line) {
        if (!progress || alive.expired()) return;
        executor.post([progress, alive, text = std::string(line)] {
            if (!alive.expired()) progress(text);
        });
    };
}

}  // namespace

LinuxBaseStore::LinuxBaseStore(core::Executor& executor, LinuxBaseOptions options, UniqueFd directory,
                               std::shared_ptr<TreeTrash> trash)
    : executor_(executor),
      options_(std::move(options)),
      path_(options_.state_dir + "/bases"),
      directory_(std::move(directory)),
      trash_(std::move(trash)) {}

LinuxBaseStore::~LinuxBaseStore() {
    stop_->raise();
}

void LinuxBaseStore::stop() {
    stop_->raise();
}

core::Result<std::unique_ptr<LinuxBaseStore>> LinuxBaseStore::open(core::Executor& executor,
                                                                   LinuxBaseOptions options) {
    auto trash = TreeTrash::open(executor, options.state_dir + "/trash", options.problem);
    if (!trash) return std::move(trash).error();
    const std::string path = options.state_dir + "/bases";
    auto made = make_directory(AT_FDCWD, path, S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in(path);
    auto directory = open_directory(path);
    if (!directory) return std::move(directory).error();
    return std::unique_ptr<LinuxBaseStore>(new LinuxBaseStore(
        executor, std::move(options), std::move(directory).value(), std::move(trash).value()));
}

void LinuxBaseStore::install(const core::BaseRequest& request, Progress progress,
                             core::Reply<core::Base> reply) {
    auto refuse = [&](core::Error error) {
        executor_.post([reply, error = std::move(error)] { reply(error); });
    };
    auto checked = check_base_request(request, options_);
    if (!checked) return refuse(std::move(checked).error());
    auto tree = begin(checked->name, temporary_name(checked->name));
    if (!tree) return refuse(std::move(tree).error());
    build(checked.value(), std::move(tree).value(), std::move(progress), std::move(reply));
}

core::Result<UniqueFd> LinuxBaseStore::begin(const std::string& name, const std::string& temporary) {
    if (::faccessat(directory_.get(), name.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return core::error(core::ErrorKind::Conflict, "base " + name + " is installed already");
    }
    auto made = make_directory(directory_.get(), temporary, root_mode);
    if (!made && made.error().os_error == EEXIST) {
        return core::error(core::ErrorKind::Conflict, "base " + name + " is being installed");
    }
    if (!made) return std::move(made).error().in(path_);
    return open_child_directory(directory_.get(), temporary);
}

void LinuxBaseStore::build(const core::BaseRequest& request, UniqueFd tree, Progress progress,
                           core::Reply<core::Base> reply) {
    const std::string temporary = temporary_name(request.name);
    BaseBuild job{request, options_, path_ + "/" + temporary, on_loop(executor_, std::move(progress), alive_),
                  stop_};
    auto outcome = std::make_shared<std::optional<core::Result<core::Base>>>();
    auto work = [job = std::move(job), root = std::make_shared<UniqueFd>(std::move(tree)), outcome] {
        *outcome = build_base(job, root->get());
    };
    auto done = [this, alive = std::weak_ptr(alive_), temporary, outcome, reply = std::move(reply)] {
        if (!alive.expired()) reply(built(temporary, std::move(**outcome)));
    };
    executor_.blocking(std::move(work), std::move(done));
}

core::Result<core::Base> LinuxBaseStore::built(const std::string& temporary,
                                               core::Result<core::Base> outcome) {
    if (outcome) {
        const std::string& name = outcome->name;
        outcome->path = path_ + "/" + name;
        if (::renameat(directory_.get(), temporary.c_str(), directory_.get(), name.c_str()) == 0)
            return outcome;
        outcome = core::os_error(errno, path_ + "/" + name);
    }
    auto cleared = trash_->take(directory_.get(), temporary);
    if (!cleared && options_.problem)
        options_.problem(path_ + "/" + temporary + ": " + cleared.error().message);
    return outcome;
}

void LinuxBaseStore::remove(const core::Base& base, core::Reply<void> reply) {
    const auto named = core::check_name(base.name);
    auto removed = named ? trash_->take(directory_.get(), base.name) : named;
    executor_.post([reply = std::move(reply), removed = std::move(removed)] { reply(removed); });
}

core::Status LinuxBaseStore::sweep(const std::vector<core::Base>& known) {
    std::set<std::string> keep;
    for (const core::Base& base : known) keep.insert(base.name);
    auto names = names_in(directory_.get());
    if (!names) return std::move(names).error().in(path_);
    core::Status first;
    for (const std::string& name : names.value()) {
        if (keep.contains(name)) continue;
        auto taken = trash_->take(directory_.get(), name);
        if (!taken && first) first = std::move(taken).in(name);
    }
    return first;
}

}  // namespace potd::platform
