#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/program_pipe.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace potd::platform {

// User properties by which potd knows what is its own.
inline constexpr const char* zfs_instance_property = "org.potd:instance";
inline constexpr const char* zfs_pot_property = "org.potd:pot";
inline constexpr const char* zfs_base_property = "org.potd:base";
inline constexpr const char* zfs_volume_property = "org.potd:fscomp";

/// One line of `zfs list`: a file system or a snapshot. Texts are empty where zfs says "-".
struct ZfsEntry {
    std::string name;  ///< pool/path, or pool/path@snapshot
    bool is_snapshot = false;
    std::string origin;      ///< of a clone: its snapshot
    std::string mountpoint;  ///< a path, "none" or "legacy"
    bool mounted = false;
    std::uint64_t created = 0;  ///< transaction group: counts upwards, differs between snapshots of a dataset
    bool deferred = false;      ///< a snapshot that goes with its last clone
    std::int64_t referenced = 0;              ///< bytes on disk of all that it shows, shared or not
    std::int64_t quota = 0;                   ///< refquota, bytes; 0: none
    std::string instance, pot, base, volume;  ///< potd's properties, inherited ones too

    [[nodiscard]] std::string dataset() const { return name.substr(0, name.find('@')); }
    /// What stands behind the '@'; empty for a file system.
    [[nodiscard]] std::string snapshot() const;
    friend bool operator==(const ZfsEntry&, const ZfsEntry&) = default;
};

/// What `zfs list -H -p` prints with the columns that Zfs::list asks for. Internal if it is anything else.
[[nodiscard]] core::Result<std::vector<ZfsEntry>> parse_zfs_list(std::string_view text);

/// What zfs said, as an error: "cannot open 'x': dataset does not exist" is NotFound, and so on. Options that
/// it offers to force things are left out.
[[nodiscard]] core::Error zfs_error(int status, std::string_view said);

using ZfsProperties = std::vector<std::pair<std::string, std::string>>;

/// zfs(8), one call of the program a function. Arguments go to it as they are, never through a shell; an
/// error is what it said (NotFound, Conflict, PermissionDenied, ResourceExhausted, Timeout, else Internal).
/// All block for as long as the program runs, at most `patience`; any thread but the loop's.
class Zfs {
  public:
    enum class Depth { Itself, Children, Everything };
    struct Destroy {
        bool below = false;     ///< with snapshots and children; refused if something else is a clone of them
        bool deferred = false;  ///< a snapshot that has clones goes with the last of them
    };

    explicit Zfs(std::string program, std::chrono::milliseconds patience = std::chrono::minutes(1))
        : program_(std::move(program)), patience_(patience) {}

    /// File systems and snapshots at a dataset and below; parents before children. NotFound if there is none.
    [[nodiscard]] core::Result<std::vector<ZfsEntry>> list(const std::string& dataset, Depth depth) const;
    /// The file system that is mounted at or above a path.
    [[nodiscard]] core::Result<ZfsEntry> at_path(const std::string& path) const;

    [[nodiscard]] core::Status create(const std::string& dataset, const ZfsProperties& properties) const;
    [[nodiscard]] core::Status clone(const std::string& snapshot, const std::string& dataset,
                                     const ZfsProperties& properties) const;
    [[nodiscard]] core::Status snapshot(const std::string& name) const;
    /// To the newest snapshot of its dataset; refused for others.
    [[nodiscard]] core::Status rollback(const std::string& snapshot) const;
    /// A dataset or a snapshot; DATASET@a,b,c for several at once.
    [[nodiscard]] core::Status destroy(const std::string& name, Destroy how) const;
    [[nodiscard]] core::Status rename(const std::string& from, const std::string& to) const;
    [[nodiscard]] core::Status promote(const std::string& dataset) const;
    [[nodiscard]] core::Status set(const std::string& dataset, const ZfsProperties& properties) const;
    [[nodiscard]] core::Status mount(const std::string& dataset) const;
    /// `zfs send | zfs receive` into a new dataset that is not mounted, with the snapshot; for as long as it
    /// takes. What a failure leaves of it is the caller's to destroy.
    [[nodiscard]] core::Status copy(const std::string& snapshot, const std::string& dataset,
                                    const ZfsProperties& properties, const PipeWatch& watch) const;

  private:
    [[nodiscard]] core::Result<std::string> run(std::vector<std::string> arguments) const;
    [[nodiscard]] core::Status act(std::vector<std::string> arguments) const;

    std::string program_;
    std::chrono::milliseconds patience_;
};

}  // namespace potd::platform
