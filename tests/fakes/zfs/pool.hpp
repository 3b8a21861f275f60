#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace potd::fakes::zfs {

/// What zfs(8) says before it ends with status 1.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct SnapshotRecord {
    std::string name;  ///< behind the '@'
    std::uint64_t id = 0;
    bool deferred = false;  ///< goes with the last of its clones
};

struct DatasetRecord {
    std::string name;
    std::uint64_t id = 0;                      ///< of its content, and its place in time
    std::uint64_t origin = 0;                  ///< id of a snapshot
    std::map<std::string, std::string> local;  ///< properties that were set here
    std::vector<SnapshotRecord> snapshots;     ///< oldest first
};

/// The datasets of all pools of this stand-in, and where their files are: STORE/content/ID, bind-mounted on
/// their mount points. One process at a time has it; `save` makes what was changed last.
class Pool {
  public:
    explicit Pool(std::filesystem::path store);
    ~Pool();
    Pool(const Pool&) = delete;
    Pool& operator=(const Pool&) = delete;

    void save() const;

    /// Parents before children.
    std::map<std::string, DatasetRecord>& datasets() { return datasets_; }
    [[nodiscard]] DatasetRecord* find(const std::string& name);
    /// Failure "cannot open …" if it is not there.
    DatasetRecord& get(const std::string& name);
    SnapshotRecord& get_snapshot(const std::string& name);
    /// The snapshot of this id, with its dataset.
    [[nodiscard]] std::string snapshot_name(std::uint64_t id);
    /// The names of the file systems that are clones of it.
    [[nodiscard]] std::vector<std::string> clones_of(std::uint64_t snapshot);
    /// It and all below.
    [[nodiscard]] std::vector<std::string> tree(const std::string& name);

    /// A new number, with an empty directory or a copy of another's.
    [[nodiscard]] std::uint64_t make_content();
    [[nodiscard]] std::uint64_t copy_content(std::uint64_t from);
    void replace_content(std::uint64_t id, std::uint64_t from);
    void remove_content(std::uint64_t id);
    /// Bytes on disk.
    [[nodiscard]] std::int64_t size(std::uint64_t id) const;

    /// Local or inherited; the default else.
    [[nodiscard]] std::string property(const DatasetRecord& dataset, const std::string& name);
    [[nodiscard]] bool is_mounted(const DatasetRecord& dataset) const { return !mounted_on(dataset).empty(); }
    /// Where, in this mount namespace; empty if nowhere.
    [[nodiscard]] std::string mounted_on(const DatasetRecord& dataset) const;
    void mount(const DatasetRecord& dataset);
    /// If it can be mounted by itself (a path, canmount=on).
    void mount_if_able(const DatasetRecord& dataset);
    void unmount(const DatasetRecord& dataset);

  private:
    void load();
    [[nodiscard]] std::filesystem::path content(std::uint64_t id) const;

    std::filesystem::path store_;
    int lock_ = -1;
    std::uint64_t last_id_ = 0;
    std::map<std::string, DatasetRecord> datasets_;
};

/// The name above, empty for a pool.
[[nodiscard]] std::string parent_of(const std::string& dataset);

}  // namespace potd::fakes::zfs
