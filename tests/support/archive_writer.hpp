#pragma once

#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <archive.h>
#include <archive_entry.h>

namespace potd::test {

/// Writes archives with any entries, also such as no honest program makes. Throws if libarchive cannot.
class ArchiveWriter {
  public:
    using SetUp = int (*)(archive*);

    explicit ArchiveWriter(const std::filesystem::path& file,
                           SetUp format = archive_write_set_format_pax_restricted,
                           SetUp filter = archive_write_add_filter_none)
        : handle_(archive_write_new()) {
        check(format(handle_));
        check(filter(handle_));
        check(archive_write_open_filename(handle_, file.c_str()));
    }
    ArchiveWriter(const ArchiveWriter&) = delete;
    ArchiveWriter& operator=(const ArchiveWriter&) = delete;
    ~ArchiveWriter() { archive_write_free(handle_); }

    void file(const std::string& path, std::string_view content, unsigned mode = 0644) {
        begin(path, AE_IFREG, mode);
        archive_entry_set_size(entry_, static_cast<la_int64_t>(content.size()));
        end(content);
    }
    void directory(const std::string& path, unsigned mode = 0755) {
        begin(path, AE_IFDIR, mode);
        end();
    }
    void symlink(const std::string& path, const std::string& target) {
        begin(path, AE_IFLNK, 0777);
        archive_entry_set_symlink(entry_, target.c_str());
        end();
    }
    void hardlink(const std::string& path, const std::string& target) {
        begin(path, AE_IFREG, 0644);
        archive_entry_set_hardlink(entry_, target.c_str());
        end();
    }
    void device(const std::string& path, unsigned type, int major, int minor) {
        begin(path, type, 0666);
        archive_entry_set_rdevmajor(entry_, static_cast<dev_t>(major));
        archive_entry_set_rdevminor(entry_, static_cast<dev_t>(minor));
        end();
    }
    /// For what is special: change `entry()` between these two.
    void begin(const std::string& path, unsigned type, unsigned mode) {
        entry_ = archive_entry_new();
        archive_entry_set_pathname(entry_, path.c_str());
        archive_entry_set_filetype(entry_, type);
        archive_entry_set_perm(entry_, static_cast<mode_t>(mode));
        archive_entry_set_mtime(entry_, 1'000'000, 0);
        archive_entry_set_size(entry_, 0);
    }
    archive_entry* entry() { return entry_; }
    void end(std::string_view content = {}) {
        check(archive_write_header(handle_, entry_));
        if (!content.empty() && archive_write_data(handle_, content.data(), content.size()) < 0) check(-1);
        archive_entry_free(entry_);
        entry_ = nullptr;
    }

  private:
    void check(int outcome) const {
        if (outcome >= ARCHIVE_WARN) return;
        const char* why = archive_error_string(handle_);
        throw std::runtime_error(why != nullptr ? why : "archive");
    }

    archive* handle_;
    archive_entry* entry_ = nullptr;
};

}  // namespace potd::test
