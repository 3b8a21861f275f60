#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

struct BaseRevision {
    std::uint32_t number = 1;
    std::string created_at;
    std::int64_t size = 0;
    std::vector<std::string> pots;  ///< that lie on it, base pots too
    friend bool operator==(const BaseRevision&, const BaseRevision&) = default;
};

struct Base {
    std::string name;
    std::string source;  ///< host, release, tarball, directory, pot
    std::string origin;  ///< suite, archive, directory or pot it was made from
    std::string path;
    std::string created_at;
    std::int64_t size = 0;                ///< bytes
    std::optional<std::string> base_pot;  ///< the pot that was made with it
    std::vector<std::string> pots;        ///< the others that use it
    std::uint32_t revision = 1;           ///< that new pots get
    std::vector<BaseRevision> revisions;  ///< by number
    friend bool operator==(const Base&, const Base&) = default;
};

struct BaseList {
    std::vector<Base> items;
    std::optional<std::string> next;
    friend bool operator==(const BaseList&, const BaseList&) = default;
};

/// Exactly one of host, release, tarball, directory, pot.
struct BaseRequest {
    std::optional<std::string> name;
    std::optional<bool> host;
    std::optional<std::string> release, tarball, directory;
    std::optional<std::string> mirror;
    std::optional<bool> base_pot;
    std::optional<std::string> pot, snapshot;
    friend bool operator==(const BaseRequest&, const BaseRequest&) = default;
};

struct BaseUpdate {
    std::vector<std::string> flavours;  ///< none: the system's usual one
    friend bool operator==(const BaseUpdate&, const BaseUpdate&) = default;
};

struct BaseRollback {
    std::uint32_t revision = 0;
    friend bool operator==(const BaseRollback&, const BaseRollback&) = default;
};

}  // namespace potd::wire
