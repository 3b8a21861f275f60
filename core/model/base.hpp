#pragma once

#include "core/base/time.hpp"
#include "core/model/root_fs.hpp"
#include "core/model/snapshot.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// Where a base comes from.
enum class BaseSource {
    Host,       ///< a read-only composition of the machine's own userland
    Release,    ///< a Debian suite (Linux), a FreeBSD release (FreeBSD)
    Tarball,    ///< an archive on this machine
    Directory,  ///< a copy of a directory on this machine
    Pot,        ///< the files of a pot, as they were then
};

/// A host path that every pot of the base shows read-only at the same place.
struct BaseBind {
    std::string source;
    std::string target;
    friend bool operator==(const BaseBind&, const BaseBind&) = default;
};

/// One state of a base's files.
struct BaseRevision {
    std::uint32_t number = 1;
    std::string path;  ///< its tree
    WallTime created_at;
    std::int64_t size = 0;
    friend bool operator==(const BaseRevision&, const BaseRevision&) = default;
};

/// An installed root file system to build pots on. Path, time and size are those of the revision that new
/// pots get.
struct Base {
    std::string name;
    BaseSource source = BaseSource::Directory;
    std::string origin;  ///< suite, archive path or directory it was made from
    std::string path;    ///< the installed tree, absolute; never written after installation
    std::vector<BaseBind> binds;
    WallTime created_at;
    std::int64_t size = 0;  ///< bytes on disk, of the tree alone
    std::string pot{};      ///< the name of its base pot, which goes with it; empty: it has none
    bool is_going = false;  ///< its removal has begun, and goes on after a crash
    std::uint32_t revision = 1;
    std::uint32_t previous = 0;          ///< the one before it; 0: none
    std::uint32_t last_revision = 1;     ///< the greatest number given
    std::vector<BaseRevision> others{};  ///< that are there besides, by number
    friend bool operator==(const Base&, const Base&) = default;
};

/// The files of a pot (number 0 of its key) or of a snapshot, lent by the driver to be taken over as a whole.
struct LentTree {
    SnapshotKey key;
    RootFs root;  ///< how they are put together; nothing in it is written, and it has no binds
};

/// A request to install one.
struct BaseRequest {
    std::string name;  ///< empty: the release, else the source's word ("host")
    BaseSource source = BaseSource::Directory;
    std::string release;
    std::string path;                ///< archive or directory, absolute
    std::string mirror;              ///< Release: where to fetch from; empty = the configured one
    std::optional<LentTree> tree{};  ///< Pot: what it is made of …
    std::string origin{};            ///< … what that is called …
    std::vector<BaseBind> binds{};   ///< … and those of the base it lies on
    std::uint32_t revision = 1;      ///< of the base, whose first one is there already unless it is 1
};

/// The name of the tree of a revision: the base's own for the first, and one that no base can have.
[[nodiscard]] std::string base_tree_name(std::string_view base, std::uint32_t revision);

/// The base with another of its revisions as the one that it shows, and no others; nothing if it is not
/// there.
[[nodiscard]] std::optional<Base> at_revision(const Base& base, std::uint32_t number);
/// The base after `next` has become the one that new pots get, be it new or one of the others.
[[nodiscard]] Base with_revision(Base base, const BaseRevision& next);

/// The name of the pot that is made with a base, as pot has it: base-13_2 with 13.2.
[[nodiscard]] std::string base_pot_name(std::string_view base);

}  // namespace potd::core
