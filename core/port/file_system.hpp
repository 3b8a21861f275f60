#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "core/model/ids.hpp"
#include "core/model/root_fs.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace potd::core {

/// The writable root of each pot, on one kind of storage. Loop thread. All methods are quick, but
/// copies (`slow_create`) and the emptying of the trash, which run on the pool.
/// Layout: <state>/pots/<id>/{root…,log}; <state>/trash/<unique>: discarded, being deleted.
class FileSystem {
  public:
    virtual ~FileSystem() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;  ///< "overlay", "dir"

    /// Makes the pot's directories (root and log) on `base`. Replies when they are whole; after a failure or
    /// a crash nothing is left that `discard` does not remove. Conflict if the id exists.
    virtual void create(const PotId& id, const Base& base, Reply<void> reply) = 0;

    /// How to put the root together for a run. Cheap; makes what a start needs (an empty work
    /// directory) and nothing that is proportional to the size of the pot.
    [[nodiscard]] virtual Result<RootFs> root(const PotId& id, const Base& base) = 0;

    /// Moves everything of the pot aside in one rename; deletion goes on in the background, also
    /// after a crash. Idempotent.
    [[nodiscard]] virtual Status discard(const PotId& id) = 0;

    [[nodiscard]] virtual std::string log_directory(const PotId& id) const = 0;

    /// At start-up: discards the directories of pots that are not in `known`, empties the trash.
    virtual Status sweep(const std::vector<PotId>& known) = 0;
};

/// Installed bases. Loop thread; the work itself runs on the pool.
class BaseStore {
  public:
    using Progress = std::function<void(std::string_view line)>;
    virtual ~BaseStore() = default;
    /// Installs under a temporary name and renames at the end: after a failure or crash nothing
    /// half-made has the base's name. `progress` runs on the loop thread.
    virtual void install(const BaseRequest& request, Progress progress, Reply<Base> reply) = 0;
    /// Removes the tree; idempotent. The caller has made sure that no pot uses it.
    virtual void remove(const Base& base, Reply<void> reply) = 0;
    /// At start-up: removes half-made trees and those of no known base.
    virtual Status sweep(const std::vector<Base>& known) = 0;
};

}  // namespace potd::core
