#include "daemon/platform/posix/log_tail.hpp"

#include "daemon/platform/posix/log_entry.hpp"

#include <algorithm>
#include <cerrno>

#include <unistd.h>

namespace potd::platform {
namespace {

constexpr off_t step_back = 64L * 1024;

}  // namespace

core::Result<bool> LogTail::step(std::size_t budget) {
    if (!started_) {
        if (auto begun = start(); !begun) return std::move(begun).error();
    }
    for (std::size_t used = 0; place_ && used < budget;) {
        if (count_lines()) return true;
        if (place_->offset == 0) {
            auto moved = to_older_file();
            if (!moved || !moved.value()) return moved ? core::Result<bool>(true) : moved;
            continue;
        }
        auto read = read_block();
        if (!read) return std::move(read).error();
        used += read.value();
    }
    return !place_;
}

core::Status LogTail::start() {
    started_ = true;
    auto newest = files_.newest();
    if (!newest) return std::move(newest).error();
    if (!newest.value()) return {};
    auto about = newest.value()->about();
    if (!about) return std::move(about).error();
    place_ = LogPosition{*std::move(newest).value(), about->st_size};
    return {};
}

/// False if there is none that can have anything wanted; the place is then the beginning of this one.
core::Result<bool> LogTail::to_older_file() {
    auto older = files_.older_than(place_->file);
    if (!older) return std::move(older).error();
    if (!older.value()) return false;
    auto about = older.value()->about();
    if (!about) return std::move(about).error();
    if (query_.since && ended_before(about.value(), *query_.since)) return false;
    place_ = LogPosition{*std::move(older).value(), about->st_size};
    block_.clear();
    return true;
}

core::Result<std::size_t> LogTail::read_block() {
    const off_t from = std::max<off_t>(0, place_->offset - step_back);
    std::string before(static_cast<std::size_t>(place_->offset - from), '\0');
    std::size_t filled = 0;
    while (filled < before.size()) {
        const ssize_t got = ::pread(place_->file.fd.get(), &before[filled], before.size() - filled,
                                    from + static_cast<off_t>(filled));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return core::os_error(errno, "read log");
        if (got == 0) break;  // truncated meanwhile
        filled += static_cast<std::size_t>(got);
    }
    before.resize(filled);
    block_.insert(0, before);
    place_->offset = from;
    return std::max<std::size_t>(filled, 1);
}

/// Cuts whole lines off the end of the block; true, with the place set, when there are enough.
bool LogTail::count_lines() {
    while (!block_.empty()) {
        const bool complete = block_.back() == '\n';
        const std::size_t end = complete ? block_.size() - 1 : block_.size();
        const std::size_t before = end == 0 ? std::string::npos : block_.rfind('\n', end - 1);
        const bool whole = before != std::string::npos || place_->offset == 0;
        if (!whole && block_.size() < longest_log_line) return false;
        const std::size_t begin = before == std::string::npos ? 0 : before + 1;
        if (count_line({block_.data() + begin, end - begin})) {
            place_->offset += static_cast<off_t>(block_.size());
            return true;
        }
        block_.resize(begin);
    }
    return false;
}

/// True if the lines wanted begin after this one.
bool LogTail::count_line(std::string_view line) {
    const LogEntry entry = parse_log_entry(line);
    if (!is_wanted(entry, query_)) return false;
    if (ends_ == 0 || !entry.partial) ++ends_;
    return ends_ > query_.tail.value_or(0);
}

}  // namespace potd::platform
