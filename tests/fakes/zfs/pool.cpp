#include "tests/fakes/zfs/pool.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <system_error>

#include <fcntl.h>
#include <ftw.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

namespace potd::fakes::zfs {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void broken(const std::string& what) {
    throw std::system_error(errno, std::generic_category(), what);
}

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, '\t');) cells.push_back(cell);
    return cells;
}

/// With owners, modes, links and extended attributes; the attributes of the top as well.
void copy_tree(const fs::path& from, const fs::path& to) {
    const std::string source = (from / ".").string();
    const std::string target = to.string();
    std::array<const char*, 5> words{"cp", "-a", source.c_str(), target.c_str(), nullptr};
    std::array<const char*, 2> environment{"PATH=/usr/bin:/bin", nullptr};
    pid_t child = 0;
    int status = 0;
    const bool copied = ::posix_spawn(&child, "/bin/cp", nullptr, nullptr, const_cast<char**>(words.data()),
                                      const_cast<char**>(environment.data())) == 0 &&
                        ::waitpid(child, &status, 0) == child && status == 0;
    if (!copied) throw std::runtime_error("cp -a " + source + " failed");
}

std::int64_t counted = 0;  // nftw has no room for an argument

}  // namespace

std::string parent_of(const std::string& dataset) {
    const std::size_t at = dataset.rfind('/');
    return at == std::string::npos ? std::string() : dataset.substr(0, at);
}

Pool::Pool(fs::path store) : store_(std::move(store)) {
    fs::create_directories(store_ / "content");
    lock_ = ::open((store_ / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0 || ::flock(lock_, LOCK_EX) != 0) broken("lock");
    load();
}

Pool::~Pool() {
    ::close(lock_);
}

void Pool::load() {
    std::ifstream file(store_ / "datasets");
    DatasetRecord* current = nullptr;
    for (std::string line; std::getline(file, line);) {
        const auto cells = cells_of(line);
        if (cells.at(0) == "last") last_id_ = std::stoull(cells.at(1));
        if (cells.at(0) == "dataset") {
            current = &datasets_[cells.at(1)];
            current->name = cells.at(1);
            current->id = std::stoull(cells.at(2));
            current->origin = std::stoull(cells.at(3));
        }
        if (cells.at(0) == "property") current->local[cells.at(1)] = cells.size() > 2 ? cells[2] : "";
        if (cells.at(0) == "snapshot")
            current->snapshots.push_back({cells.at(1), std::stoull(cells.at(2)), cells.at(3) == "deferred"});
    }
}

void Pool::save() const {
    const fs::path fresh = store_ / "datasets.new";
    std::ofstream file(fresh);
    file << "last\t" << last_id_ << '\n';
    for (const auto& [name, dataset] : datasets_) {
        file << "dataset\t" << name << '\t' << dataset.id << '\t' << dataset.origin << '\n';
        for (const auto& [property, value] : dataset.local)
            file << "property\t" << property << '\t' << value << '\n';
        for (const SnapshotRecord& one : dataset.snapshots)
            file << "snapshot\t" << one.name << '\t' << one.id << (one.deferred ? "\tdeferred" : "\tplain")
                 << '\n';
    }
    file.close();
    if (!file) broken("write");
    fs::rename(fresh, store_ / "datasets");
}

DatasetRecord* Pool::find(const std::string& name) {
    const auto found = datasets_.find(name);
    return found == datasets_.end() ? nullptr : &found->second;
}

DatasetRecord& Pool::get(const std::string& name) {
    DatasetRecord* found = find(name);
    if (found == nullptr) throw Failure("cannot open '" + name + "': dataset does not exist");
    return *found;
}

SnapshotRecord& Pool::get_snapshot(const std::string& name) {
    const std::size_t at = name.find('@');
    DatasetRecord* dataset = find(name.substr(0, at));
    if (dataset != nullptr) {
        for (SnapshotRecord& one : dataset->snapshots) {
            if (one.name == name.substr(at + 1)) return one;
        }
    }
    throw Failure("cannot open '" + name + "': dataset does not exist");
}

std::string Pool::snapshot_name(std::uint64_t id) {
    for (const auto& [name, dataset] : datasets_) {
        for (const SnapshotRecord& one : dataset.snapshots) {
            if (one.id == id) return name + "@" + one.name;
        }
    }
    throw std::runtime_error("no snapshot has the number " + std::to_string(id));
}

std::vector<std::string> Pool::clones_of(std::uint64_t snapshot) {
    std::vector<std::string> names;
    for (const auto& [name, dataset] : datasets_) {
        if (dataset.origin == snapshot) names.push_back(name);
    }
    return names;
}

std::vector<std::string> Pool::tree(const std::string& name) {
    std::vector<std::string> names;
    for (const auto& [each, dataset] : datasets_) {
        if (each == name || each.starts_with(name + "/")) names.push_back(each);
    }
    return names;
}

// Content

fs::path Pool::content(std::uint64_t id) const {
    return store_ / "content" / std::to_string(id);
}

std::uint64_t Pool::make_content() {
    ++last_id_;
    fs::create_directory(content(last_id_));
    fs::permissions(content(last_id_), fs::perms(0755));
    return last_id_;
}

std::uint64_t Pool::copy_content(std::uint64_t from) {
    const std::uint64_t id = make_content();
    copy_tree(content(from), content(id));
    return id;
}

void Pool::replace_content(std::uint64_t id, std::uint64_t from) {
    for (const auto& entry : fs::directory_iterator(content(id))) fs::remove_all(entry.path());
    copy_tree(content(from), content(id));
}

void Pool::remove_content(std::uint64_t id) {
    fs::remove_all(content(id));
}

std::int64_t Pool::size(std::uint64_t id) const {
    counted = 0;
    const auto add = [](const char*, const struct stat* about, int, FTW*) {
        counted += about->st_blocks * 512;
        return 0;
    };
    // NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread
    if (::nftw(content(id).c_str(), add, 8, FTW_PHYS | FTW_MOUNT) != 0) broken("count");
    return counted;
}

// Properties and mounts

std::string Pool::property(const DatasetRecord& dataset, const std::string& name) {
    const auto own = dataset.local.find(name);
    if (name == "refquota") return own == dataset.local.end() || own->second == "none" ? "0" : own->second;
    if (own != dataset.local.end()) return own->second;
    if (name == "canmount") return "on";  // not inherited
    const std::string parent = parent_of(dataset.name);
    if (!parent.empty() && name == "mountpoint") {
        const std::string above = property(get(parent), name);
        return above == "none" || above == "legacy" ? above : above + dataset.name.substr(parent.size());
    }
    if (!parent.empty()) return property(get(parent), name);
    if (name == "mountpoint") return "/" + dataset.name;
    return name == "readonly" ? "off" : "-";
}

std::string Pool::mounted_on(const DatasetRecord& dataset) const {
    // The mount's root is the path within the file system of the store; its end tells it from others.
    const std::string end = "/" + store_.parent_path().filename().string() + "/" +
                            store_.filename().string() + "/content/" + std::to_string(dataset.id);
    std::ifstream mounts("/proc/self/mountinfo");
    for (std::string line; std::getline(mounts, line);) {
        std::istringstream words(line);
        std::string number, parent, device, root, place;
        words >> number >> parent >> device >> root >> place;
        // Those that pots have of their own are in other places.
        const auto own = dataset.local.find("mountpoint");
        if (root.ends_with(end) && (own == dataset.local.end() || own->second == place)) return place;
    }
    return {};
}

void Pool::mount(const DatasetRecord& dataset) {
    const std::string place = property(dataset, "mountpoint");
    std::error_code problem;
    fs::create_directories(place, problem);
    const bool read_only = property(dataset, "readonly") == "on";
    if (problem || ::mount(content(dataset.id).c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0 ||
        (read_only &&
         ::mount(nullptr, place.c_str(), nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) != 0))
        // NOLINTNEXTLINE(concurrency-mt-unsafe): this program has one thread
        throw Failure("cannot mount '" + dataset.name + "': " + std::strerror(errno));
}

void Pool::mount_if_able(const DatasetRecord& dataset) {
    const bool able =
        property(dataset, "mountpoint").starts_with('/') && property(dataset, "canmount") == "on";
    if (able && !is_mounted(dataset)) mount(dataset);
}

void Pool::unmount(const DatasetRecord& dataset) {
    const std::string place = mounted_on(dataset);
    if (!place.empty() && ::umount2(place.c_str(), 0) != 0)
        throw Failure("cannot unmount '" + place + "': pool or dataset is busy");
}

}  // namespace potd::fakes::zfs
