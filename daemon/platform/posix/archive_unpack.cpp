#include "daemon/platform/posix/archive_unpack.hpp"

#include "daemon/platform/posix/archive_entry.hpp"
#include "daemon/platform/posix/archive_tree.hpp"

#include <cerrno>
#include <memory>
#include <string>

#include <archive.h>
#include <locale.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t archive_block = 64UL * 1024;
constexpr std::int64_t entry_cost = 4096;

/// libarchive turns the UTF-8 names of pax into the thread's locale, and fails in "C".
class TextLocale {
  public:
    TextLocale() : own_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)) {
        if (own_ != nullptr) before_ = ::uselocale(own_);
    }
    TextLocale(const TextLocale&) = delete;
    TextLocale& operator=(const TextLocale&) = delete;
    ~TextLocale() {
        if (own_ == nullptr) return;
        ::uselocale(before_);
        ::freelocale(own_);
    }

  private:
    locale_t own_;
    locale_t before_ = nullptr;
};

struct CloseArchive {
    void operator()(archive* handle) const { archive_read_free(handle); }
};

class Unpacking {
  public:
    Unpacking(int root, const UnpackOptions& options)
        : tree_(root), options_(options), left_(options.max_bytes), handle_(archive_read_new()) {}

    core::Status open(int fd) {
        if (!handle_) return core::os_error(ENOMEM, "read archive");
        archive_read_support_filter_all(handle_.get());
        archive_read_support_format_tar(handle_.get());
        archive_read_support_format_cpio(handle_.get());
        archive_read_support_format_zip(handle_.get());
        return archive_read_open_fd(handle_.get(), fd, archive_block) == ARCHIVE_OK ? core::Status{}
                                                                                    : damaged();
    }

    core::Status run() {
        bool any = false;
        while (true) {
            archive_entry* raw = nullptr;
            const int outcome = archive_read_next_header(handle_.get(), &raw);
            tell();
            if (outcome == ARCHIVE_EOF) break;
            if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) return damaged();
            auto entry = read_archive_entry(raw);
            if (!entry) return std::move(entry).error();
            if (auto added = add(entry.value()); !added) return added;
            any = true;
        }
        if (any) return tree_.finish();
        return core::error(core::ErrorKind::InvalidArgument, "the archive is empty");
    }

  private:
    core::Status add(const ArchiveEntry& entry) {
        if (options_.stop != nullptr && options_.stop->load()) {
            return core::error(core::ErrorKind::Cancelled, "unpacking stopped");
        }
        if (entry.like.st_size > options_.max_bytes) return too_large(entry);
        if (auto paid = pay(entry, entry_cost); !paid) return paid;
        auto file = tree_.add(entry);
        if (!file) return std::move(file).error();
        if (!file.value()) return {};
        if (auto written = write_content(entry, file->get()); !written) return written;
        return ArchiveTree::close_file(entry, file->get());
    }

    core::Status write_content(const ArchiveEntry& entry, int file) {
        while (true) {
            const void* data = nullptr;
            std::size_t size = 0;
            la_int64_t at = 0;
            const int outcome = archive_read_data_block(handle_.get(), &data, &size, &at);
            tell();
            if (outcome == ARCHIVE_EOF) return {};
            if (outcome != ARCHIVE_OK && outcome != ARCHIVE_WARN) {
                return damaged().in("entry '" + entry.path + "'");
            }
            if (at < 0 || at > options_.max_bytes) return too_large(entry);
            if (auto paid = pay(entry, static_cast<std::int64_t>(size)); !paid) return paid;
            auto written = write_block(file, static_cast<const char*>(data), size, at);
            if (!written) return std::move(written).in("entry '" + entry.path + "'");
        }
    }

    /// The outermost filter counts what it got from the file.
    void tell() const {
        if (options_.read) options_.read(archive_filter_bytes(handle_.get(), -1));
    }

    static core::Status write_block(int file, const char* data, std::size_t size, off_t at) {
        while (size > 0) {
            const ssize_t written = ::pwrite(file, data, size, at);
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) return core::os_error(errno, "write");
            data += written;
            size -= static_cast<std::size_t>(written);
            at += written;
        }
        return {};
    }

    core::Status pay(const ArchiveEntry& entry, std::int64_t bytes) {
        left_ -= bytes;
        return left_ >= 0 ? core::Status{} : too_large(entry);
    }

    core::Status too_large(const ArchiveEntry& entry) const {
        return core::error(core::ErrorKind::TooLarge, "entry '" + entry.path +
                                                          "': the archive is larger than the limit of " +
                                                          std::to_string(options_.max_bytes) + " bytes");
    }

    core::Status damaged() const {
        const char* why = archive_error_string(handle_.get());
        return core::error(core::ErrorKind::InvalidArgument,
                           std::string("the archive cannot be read: ") + (why != nullptr ? why : "damaged"));
    }

    ArchiveTree tree_;
    const UnpackOptions& options_;
    std::int64_t left_;
    std::unique_ptr<archive, CloseArchive> handle_;
};

}  // namespace

core::Status unpack_archive(int archive, int root, const UnpackOptions& options) {
    const TextLocale locale;
    Unpacking unpacking(root, options);
    if (auto opened = unpacking.open(archive); !opened) return opened;
    return unpacking.run();
}

}  // namespace potd::platform
