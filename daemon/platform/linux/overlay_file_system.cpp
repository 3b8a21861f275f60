#include "daemon/platform/linux/overlay_file_system.hpp"

#include "daemon/platform/posix/dir_file_system.hpp"
#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr mode_t overlay_root_mode = 0755;

/// `like`: whose attributes the pot's "/" gets; -1 for the usual ones.
core::Status make_layers(int pot, int like) {
    if (auto made = make_directory(pot, "upper", overlay_root_mode); !made) return made;
    if (auto made = make_directory(pot, "work", S_IRWXU); !made) return made;
    if (like < 0) return {};
    auto upper = open_child_directory(pot, "upper");
    struct stat about {};
    if (!upper) return std::move(upper).error();
    if (::fstat(like, &about) != 0) return core::os_error(errno, "upper");
    if (auto named = copy_attributes(like, upper->get()); !named) return named;
    return apply_owner_and_mode(upper->get(), about);
}

std::uint64_t layer_number(const std::string& layer) {
    std::uint64_t number = 0;
    std::from_chars(layer.data(), layer.data() + layer.size(), number);
    return number;
}

core::Error too_many_layers(const core::Error& not_merged) {
    std::string why = ", with snapshots or clones at so many of them that they cannot be merged";
    if (!not_merged.message.empty()) why = ", which cannot be merged (" + not_merged.message + ")";
    return core::error(core::ErrorKind::Conflict,
                       "the pot lies on " + std::to_string(most_layers) +
                           " layers, the most an overlay takes here" + why +
                           "; remove snapshots, or use the file system driver btrfs or dir for such a pot");
}

core::Status no_overlay_quotas() {
    return core::error(core::ErrorKind::Unsupported, "the file system driver overlay has no quotas");
}

}  // namespace

core::Result<std::unique_ptr<OverlayFileSystem>> OverlayFileSystem::open(core::Executor& executor,
                                                                         const std::string& state_dir,
                                                                         PotTrees pots, Limits limits) {
    auto layers = TreeShelf::open(state_dir + "/layers", pots.shared_trash());
    if (!layers) return std::move(layers).error();
    auto names = layers->names();
    if (!names) return std::move(names).error();
    std::unique_ptr<OverlayFileSystem> files(
        new OverlayFileSystem(executor, std::move(pots), std::move(layers).value(), limits));
    for (const std::string& name : names.value())
        files->next_layer_ = std::max(files->next_layer_, layer_number(name) + 1);
    return files;
}

OverlayFileSystem::~OverlayFileSystem() {
    stop_->store(true);
}

core::StorageAbilities OverlayFileSystem::abilities() const {
    core::StorageAbilities abilities;
    abilities.shares = true;
    return abilities;
}

void OverlayFileSystem::answer(core::Reply<void> reply, core::Status done) {
    executor_.post([reply = std::move(reply), done = std::move(done)] { reply(done); });
}

void OverlayFileSystem::create(const core::PotId& id, const core::Base&, core::Reply<void> reply) {
    answer(std::move(reply), make(id, {}));
}

void OverlayFileSystem::clone(const core::SnapshotKey& source, const core::PotId& id,
                              core::Reply<void> reply) {
    auto stack = stack_of(source);
    answer(std::move(reply), stack ? make(id, stack.value()) : core::Status(stack.error()));
}

core::Status OverlayFileSystem::make(const core::PotId& id, const OverlayStack& stack) {
    core::Result<UniqueFd> like = UniqueFd();
    if (!stack.empty()) like = layers_.find(stack.front());
    if (!like) return std::move(like).error();
    auto pot = pots_.begin(id);
    if (!pot) return std::move(pot).error();
    auto made = make_layers(pot->get(), stack.empty() ? -1 : like->get());
    if (made && !stack.empty()) made = write_stack(pot->get(), "lower", stack);
    if (made) made = pots_.commit(id);
    if (made) return made;
    auto undone = pots_.discard(id);
    return undone ? made : undone;
}

core::Result<core::RootFs> OverlayFileSystem::root(const core::PotId& id, const core::Base& base) {
    auto pot = pots_.find(id);
    if (!pot) return std::move(pot).error();
    if (auto settled = settle_stack(pot->get()); !settled) return std::move(settled).error();
    if (::faccessat(pot->get(), "upper", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
        return core::error(core::ErrorKind::Conflict,
                           "pot " + id.text + " was made by another file system driver than 'overlay'");
    }
    // What an earlier mount left in it the kernel clears when it mounts again.
    if (::mkdirat(pot->get(), "work", S_IRWXU) != 0 && errno != EEXIST) {
        return core::os_error(errno, pots_.path(id, "work"));
    }
    auto stack = read_stack(pot->get(), "lower");
    if (!stack) return std::move(stack).error();
    core::RootFs result;
    result.kind = core::RootFs::Kind::Overlay;
    for (const std::string& layer : stack.value()) result.lower.push_back(layers_.path(layer));
    result.lower.push_back(base.path);
    result.upper = pots_.path(id, "upper");
    result.work = pots_.path(id, "work");
    for (const auto& bind : base.binds) result.binds.push_back({bind.source, bind.target, true});
    return result;
}

void OverlayFileSystem::snapshot(const core::SnapshotKey& key, core::Reply<void> reply) {
    auto group = mergeable(key.pot);
    if (group && !group->empty()) return merge(key, *group, std::move(reply));
    answer(std::move(reply), group ? freeze(key) : freeze(key, group.error()));
}

core::Status OverlayFileSystem::freeze(const core::SnapshotKey& key, const core::Error& not_merged) {
    auto pot = pots_.find(key.pot);
    if (!pot) return std::move(pot).error();
    if (auto settled = settle_stack(pot->get()); !settled) return settled;
    auto stack = read_stack(pot->get(), "lower");
    if (!stack) return std::move(stack).error();
    if (stack->size() >= most_layers) return too_many_layers(not_merged);
    auto upper = open_child_directory(pot->get(), "upper");
    if (!upper) return std::move(upper).error();
    const std::string layer = std::to_string(next_layer_++);
    stack->insert(stack->begin(), layer);
    auto done = prepare_stack(pot->get(), upper->get(), stack.value());
    if (done && ::renameat(pot->get(), "upper", layers_.fd(), layer.c_str()) != 0)
        done = core::os_error(errno, layers_.path(layer));
    // Back, if it has not got that far.
    auto settled = settle_stack(pot->get());
    if (done) done = std::move(settled);
    return done ? keep(key, stack.value()) : done;
}

core::Status OverlayFileSystem::keep(const core::SnapshotKey& key, const OverlayStack& stack) {
    auto place = pots_.begin(key);
    if (!place) return std::move(place).error();
    auto kept = write_stack(place->get(), "lower", stack);
    if (kept) kept = pots_.commit(key);
    if (kept) return kept;
    auto undone = pots_.discard(key);
    return undone ? kept : undone;
}

void OverlayFileSystem::rollback(const core::SnapshotKey& key, core::Reply<void> reply) {
    auto done = go_back(key);
    if (done) done = collect();
    answer(std::move(reply), std::move(done));
}

core::Status OverlayFileSystem::go_back(const core::SnapshotKey& key) {
    auto pot = pots_.find(key.pot);
    if (!pot) return std::move(pot).error();
    if (auto settled = settle_stack(pot->get()); !settled) return settled;
    auto stack = stack_of(key);
    if (!stack) return std::move(stack).error();
    auto like = layers_.find(stack->front());
    if (!like) return std::move(like).error();
    auto done = prepare_stack(pot->get(), like->get(), stack.value());
    if (done) done = pots_.trash().take(pot->get(), "upper");
    auto settled = settle_stack(pot->get());
    return done ? settled : done;
}

core::Result<OverlayStack> OverlayFileSystem::stack_of(const core::SnapshotKey& key) const {
    auto place = pots_.find(key);
    if (!place) return std::move(place).error();
    auto stack = read_stack(place->get(), "lower");
    if (!stack || !stack->empty()) return stack;
    return core::error(core::ErrorKind::Conflict,
                       "the snapshot was made by another file system driver than 'overlay'");
}

void OverlayFileSystem::lend(const core::SnapshotKey& key, const core::Base& base,
                             core::Reply<core::LentTree> reply) {
    auto lent = lend_now(key, base);
    executor_.post([reply = std::move(reply), lent = std::move(lent)] { reply(lent); });
}

core::Result<core::LentTree> OverlayFileSystem::lend_now(const core::SnapshotKey& key,
                                                         const core::Base& base) {
    core::LentTree lent;
    lent.key = key;
    if (key.number == 0) {
        auto whole = root(key.pot, base);
        if (!whole) return std::move(whole).error();
        lent.root = std::move(whole).value();
        // The uppermost of layers that nobody writes.
        lent.root.lower.insert(lent.root.lower.begin(), lent.root.upper);
        lent.root.upper.clear();
        lent.root.work.clear();
        lent.root.binds.clear();
        return lent;
    }
    auto stack = stack_of(key);
    if (!stack) return std::move(stack).error();
    lent.root.kind = core::RootFs::Kind::Overlay;
    for (const std::string& layer : stack.value()) lent.root.lower.push_back(layers_.path(layer));
    lent.root.lower.push_back(base.path);
    return lent;
}

core::Status OverlayFileSystem::discard(const core::SnapshotKey& key) {
    auto gone = pots_.discard(key);
    return gone ? collect() : gone;
}

void OverlayFileSystem::measure(const core::SnapshotKey& key, core::Reply<std::int64_t> reply) {
    auto stack = stack_of(key);
    measure_tree(executor_, stack ? layers_.find(stack->front()) : std::move(stack).error(),
                 std::move(reply));
}

void OverlayFileSystem::measure(const core::PotId& id, core::Reply<std::int64_t> reply) {
    auto pot = pots_.find(id);
    measure_tree(executor_, pot ? open_child_directory(pot->get(), "upper") : std::move(pot),
                 std::move(reply));
}

core::Status OverlayFileSystem::discard(const core::PotId& id) {
    auto gone = pots_.discard(id);
    return gone ? collect() : gone;
}

core::Status OverlayFileSystem::collect() {
    auto layers = layers_.names();
    if (!layers) return std::move(layers).error();
    if (layers->empty()) return {};
    std::set<std::string> used;
    auto pots = pots_.pots();
    if (!pots) return std::move(pots).error();
    for (const std::string& name : pots.value()) {
        auto pot = pots_.open(name);
        auto added = pot ? add_layers_of(pot->get(), used) : core::Status(pot.error());
        if (!added) return std::move(added).in("layers of pot " + name);
    }
    for (const core::SnapshotKey& key : pots_.kept()) {
        auto stack = stack_of(key);
        const bool missing = !stack && stack.error().kind == core::ErrorKind::NotFound;
        if (!stack && !missing) return std::move(stack).error();
        if (stack) used.insert(stack->begin(), stack->end());
    }
    return layers_.sweep(
        [&](const std::string& layer) { return used.contains(layer) || making_.contains(layer); });
}

void OverlayFileSystem::prepare_limits(core::Reply<void> reply) {
    answer(std::move(reply), no_overlay_quotas());
}

void OverlayFileSystem::limit(const core::PotId&, std::int64_t bytes, core::Reply<void> reply) {
    answer(std::move(reply), bytes == 0 ? core::Status() : no_overlay_quotas());
}

std::string OverlayFileSystem::log_directory(const core::PotId& id) const {
    return pots_.path(id, "log");
}

core::Status OverlayFileSystem::sweep(const std::vector<core::PotId>& pots,
                                      const std::vector<core::SnapshotKey>& snapshots,
                                      const core::DiskLimits& /*limits*/) {
    core::Status first;
    for (const core::PotId& id : pots) {
        auto pot = pots_.find(id);
        auto settled = pot ? settle_stack(pot->get()) : core::Status();
        if (!settled && first) first = std::move(settled);
    }
    auto swept = pots_.sweep(pots, snapshots);
    if (first) first = std::move(swept);
    auto collected = collect();
    return first ? collected : first;
}

}  // namespace potd::platform
