#include "daemon/platform/posix/archive_unpack.hpp"

#include "core/model/id_ranges.hpp"
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
    Unpacking(int root, const UnpackOptions& options, const UnpackInto* into = nullptr)
        : tree_(root),
          options_(options),
          into_(into),
          left_(options.max_bytes),
          handle_(archive_read_new()) {}

    core::Status open() {
        if (!handle_) return core::os_error(ENOMEM, "read archive");
        archive_read_support_filter_all(handle_.get());
        archive_read_support_format_tar(handle_.get());
        const bool opened =
            archive_read_open(handle_.get(), this, nullptr, next_piece, nullptr) == ARCHIVE_OK;
        return opened ? core::Status{} : damaged();
    }
    /// What follows the archive is read and thrown away, so that whoever sends it is heard out.
    core::Status read_rest() {
        while (!ended_) {
            auto piece = into_->next();
            if (!piece) return std::move(piece).error();
            ended_ = !piece->has_value();
        }
        return {};
    }
    /// Modes and times also of what stays after an error.
    void leave() { static_cast<void>(tree_.finish()); }
    [[nodiscard]] const UnpackCount& count() const { return count_; }

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
            if (auto adapted = adapt(entry.value()); !adapted) return adapted;
            if (auto added = add(entry.value()); !added) return added;
            ++count_.entries;
            any = true;
        }
        if (any) return tree_.finish();
        return core::error(core::ErrorKind::InvalidArgument, "the archive is empty");
    }

  private:
    static la_ssize_t next_piece(archive* /*handle*/, void* self, const void** bytes) {
        return static_cast<Unpacking*>(self)->next_piece(bytes);
    }
    la_ssize_t next_piece(const void** bytes) {
        piece_ = into_->next();
        ended_ = !piece_ || !piece_->has_value();
        if (!piece_) {
            archive_set_error(handle_.get(), EIO, "%s", piece_.error().message.c_str());
            return ARCHIVE_FATAL;
        }
        if (ended_) return 0;
        *bytes = (*piece_)->data();
        return static_cast<la_ssize_t>((*piece_)->size());
    }

    /// To the tree it comes into.
    core::Status adapt(ArchiveEntry& entry) const {
        if (into_ == nullptr) return {};
        if (S_ISCHR(entry.like.st_mode) && entry.hardlink.empty()) return device_refused(entry);
        for (std::string* path : {&entry.path, &entry.hardlink}) {
            if (!into_->rename.empty() && !path->empty())
                path->replace(0, std::min(path->find('/'), path->size()), into_->rename);
        }
        if (into_->first_id == 0) return {};
        if (entry.like.st_uid >= core::IdRanges::size || entry.like.st_gid >= core::IdRanges::size) {
            return core::error(core::ErrorKind::InvalidArgument,
                               "entry '" + entry.path +
                                   "': its owner is not one of the ids 0 to 65535 of "
                                   "the pot's user namespace");
        }
        entry.like.st_uid += into_->first_id;
        entry.like.st_gid += into_->first_id;
        return {};
    }

    static core::Status device_refused(const ArchiveEntry& entry) {
        return core::error(core::ErrorKind::InvalidArgument,
                           "entry '" + entry.path + "': device nodes are not taken from archives");
    }

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
            count_.bytes += static_cast<std::int64_t>(size);
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
        if (!piece_) return piece_.error();
        const char* why = archive_error_string(handle_.get());
        return core::error(core::ErrorKind::InvalidArgument,
                           std::string("the archive cannot be read: ") + (why != nullptr ? why : "damaged"));
    }

    ArchiveTree tree_;
    const UnpackOptions& options_;
    const UnpackInto* into_;
    core::Result<std::optional<std::string>> piece_ = std::optional<std::string>();  ///< being read
    bool ended_ = false;
    UnpackCount count_;
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

core::Status unpack_into(const UnpackInto& from, int directory, const UnpackOptions& options,
                         UnpackCount& count) {
    const TextLocale locale;
    Unpacking unpacking(directory, options, &from);
    auto done = unpacking.open();
    if (done) done = unpacking.run();
    if (done) done = unpacking.read_rest();
    if (!done) unpacking.leave();
    count = unpacking.count();
    return done;
}

}  // namespace potd::platform
