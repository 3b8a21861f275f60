#include "daemon/platform/posix/tree_trash.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_directory.hpp"
#include "daemon/platform/posix/tree_quota.hpp"
#include "daemon/platform/posix/tree_remove.hpp"
#include "daemon/platform/posix/tree_subvolume.hpp"

#include <cerrno>
#include <chrono>
#include <optional>
#include <set>

#include <fcntl.h>
#include <sys/stat.h>

namespace potd::platform {
namespace {

// A slice ends soon enough for a shutdown to wait for it, and is long against its start.
constexpr std::size_t slice = 2000;

}  // namespace

TreeTrash::TreeTrash(core::Executor& executor, UniqueFd directory, Problem problem)
    : executor_(executor),
      directory_(std::make_shared<const UniqueFd>(std::move(directory))),
      problem_(std::move(problem)),
      prefix_(std::to_string(std::chrono::system_clock::now().time_since_epoch().count())) {}

core::Result<std::shared_ptr<TreeTrash>> TreeTrash::open(core::Executor& executor, const std::string& path,
                                                         Problem problem) {
    auto made = make_directory(AT_FDCWD, path, S_IRWXU);
    if (!made && made.error().os_error != EEXIST) return std::move(made).error().in(path);
    auto directory = open_directory(path);
    if (!directory) return std::move(directory).error();
    return std::shared_ptr<TreeTrash>(
        new TreeTrash(executor, std::move(directory).value(), std::move(problem)));
}

core::Status TreeTrash::take(int parent, const std::string& name) {
    std::string unique = name + "." + prefix_ + "." + std::to_string(taken_++);
    if (::renameat(parent, name.c_str(), directory_->get(), unique.c_str()) != 0) {
        return errno == ENOENT ? core::Status{} : core::Status(core::os_error(errno, "move to the trash"));
    }
    enqueue(std::move(unique));
    return {};
}

core::Status TreeTrash::sweep() {
    auto names = names_in(directory_->get());
    if (!names) return std::move(names).error().in("trash");
    const std::set<std::string> known(waiting_.begin(), waiting_.end());
    for (std::string& name : names.value()) {
        if (!is_tree_count_note(name) && !known.contains(name)) enqueue(std::move(name));
    }
    if (!working_) work();
    return {};
}

void TreeTrash::enqueue(std::string name) {
    waiting_.push_back(std::move(name));
    if (!working_) work();
}

void TreeTrash::work() {
    if (waiting_.empty()) return finish();
    working_ = true;
    auto outcome = std::make_shared<std::optional<core::Result<bool>>>();
    auto job = [directory = directory_, name = waiting_.front(), outcome] {
        *outcome = remove_tree(directory->get(), name, slice, directory->get());
    };
    auto done = [weak = weak_from_this(), name = waiting_.front(), outcome] {
        if (const auto self = weak.lock()) self->worked(name, std::move(**outcome));
    };
    executor_.blocking(std::move(job), std::move(done));
}

void TreeTrash::worked(const std::string& name, core::Result<bool> outcome) {
    working_ = false;
    const bool over = !outcome || outcome.value();
    if (!outcome && problem_) problem_("trash: " + name + ": " + outcome.error().message);
    if (over) waiting_.pop_front();
    work();
}

/// What the file system has kept of the trees goes after all of them.
void TreeTrash::finish() {
    if (!has_subvolumes(directory_->get())) return;
    working_ = true;
    auto outcome = std::make_shared<core::Status>();
    auto job = [directory = directory_, outcome] { *outcome = remove_noted_tree_counts(directory->get()); };
    auto done = [weak = weak_from_this(), outcome] {
        if (const auto self = weak.lock()) self->finished(*outcome);
    };
    executor_.blocking(std::move(job), std::move(done));
}

void TreeTrash::finished(const core::Status& outcome) {
    working_ = false;
    if (!outcome && problem_) problem_("trash: " + outcome.error().message);
    if (!waiting_.empty()) work();
}

}  // namespace potd::platform
