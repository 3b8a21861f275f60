#pragma once

#include "core/base/result.hpp"
#include "core/model/ids.hpp"
#include "core/model/root_fs.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace potd::core {

/// Bytes that come piece by piece. Loop thread.
class PieceSource {
  public:
    /// The next piece, never empty; nullopt is the end; an error is the last thing that comes.
    using Ready = Reply<std::optional<std::string>>;

    virtual ~PieceSource() = default;
    /// One call at a time; `ready` may be called before it returns. Destroying the source drops `ready`.
    virtual void next(Ready ready) = 0;
};

/// A place in the files of a pot.
struct PotPlace {
    RootFs root;                             ///< how its root is put together
    std::optional<ProcessIdentity> init;     ///< of its run; none while it does not run
    std::optional<ProcessIdentity> monitor;  ///< as init; it is there as long as the run is
    std::uint32_t first_host_id = 0;         ///< of its user namespace; 0: it has none
    std::string path;                        ///< absolute, inside the pot
};

struct CopyIn {
    PotPlace place;              ///< an existing directory
    std::string rename;          ///< what the first component of every entry becomes; empty: it stays
    bool make_parents = false;   ///< the directory is made if it is missing, and what is missing above it
    std::int64_t max_bytes = 0;  ///< 0: no limit but the disk
};

struct CopiedIn {
    std::int64_t entries = 0;
    std::int64_t bytes = 0;  ///< of contents
};

/// Copies between tar archives and the files of pots. Nothing a pot does to its files, before or meanwhile,
/// leads a copy out of its root. Whoever calls sees to it that a pot that does not run stays so; the copy
/// of one that runs ends with its run. Loop thread; the work has threads of its own. Unavailable when too
/// many copies are under way.
class PotFiles {
  public:
    virtual ~PotFiles() = default;

    /// Unpacks what `archive` brings. Nothing is asked of that before the place is found: NotFound, Conflict
    /// if it is no directory, Unsupported with what this machine cannot do. What was unpacked before an
    /// error stays; the error says how much that is.
    virtual void copy_in(const CopyIn& request, std::shared_ptr<PieceSource> archive,
                         Reply<CopiedIn> reply) = 0;

    /// Replies with the archive once its first bytes are there, or with why there is none. Destroying it ends
    /// the copy; `over` is called once nothing of the copy is under way any more, also after an error.
    virtual void copy_out(const PotPlace& place, Reply<std::unique_ptr<PieceSource>> reply,
                          std::function<void()> over) = 0;
};

}  // namespace potd::core
