#include "daemon/platform/posix/log_scan.hpp"

#include "daemon/platform/posix/log_entry.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include <unistd.h>

namespace potd::platform {
namespace {

constexpr std::size_t scan_block = 64UL * 1024;
constexpr std::size_t batch_size = 64UL * 1024;
constexpr std::size_t line_cost = 64;  // what a line takes besides its text
constexpr std::size_t most_looked_through = 4UL * 1024 * 1024;

}  // namespace

LogScan::LogScan(std::string directory, const core::LogQuery& query)
    : files_(std::move(directory)), query_(query) {
    if (query_.tail) tail_ = std::make_unique<LogTail>(files_, query_);
}

core::Result<LogBatch> LogScan::read(bool last) {
    LogBatch batch;
    given_ = 0;
    auto begun = find_start();
    if (!begun) return std::move(begun).error();
    if (!begun.value()) return batch;
    for (std::size_t looked = 0; given_ < batch_size && looked < most_looked_through; looked += scan_block) {
        auto progress = advance(batch);
        if (!progress) return std::move(progress).error();
        batch.end = progress.value() == Progress::End;
        if (batch.end) break;
    }
    if (batch.end) end_here(last, batch);
    return batch;
}

/// False if there is more to look through before the first line.
core::Result<bool> LogScan::find_start() {
    if (!started_ && !query_.follow) {
        if (auto remembered = remember_end(); !remembered) return std::move(remembered).error();
    }
    started_ = true;
    if (tail_) {
        auto found = tail_->step(most_looked_through);
        if (!found || !found.value()) return found;
        place_ = tail_->take();
        tail_.reset();
    }
    return place_ || over_ ? core::Result<bool>(true) : find_oldest();
}

core::Status LogScan::remember_end() {
    auto newest = files_.newest();
    if (!newest) return std::move(newest).error();
    over_ = !newest.value();
    if (over_) return {};
    auto about = newest.value()->about();
    if (!about) return std::move(about).error();
    limit_ = LogPosition{*std::move(newest).value(), about->st_size};
    return {};
}

/// The oldest file that can hold something wanted. True also if there is no log yet.
core::Result<bool> LogScan::find_oldest() {
    auto file = files_.oldest();
    while (file && file.value() && query_.since) {
        auto about = file.value()->about();
        if (!about) return std::move(about).error();
        if (!ended_before(*about, *query_.since)) break;
        auto newer = files_.newer_than(**file);
        if (newer && !newer.value()) break;
        file = std::move(newer);
    }
    if (!file) return std::move(file).error();
    if (file.value()) place_ = LogPosition{*std::move(file).value(), 0};
    return true;
}

core::Result<LogScan::Progress> LogScan::advance(LogBatch& batch) {
    if (over_ || !place_) return Progress::End;
    cut_lines(batch);
    if (given_ >= batch_size) return Progress::Read;
    auto read = read_block();
    if (!read) return std::move(read).error();
    if (read.value() == 0) return after_file(batch);
    cut_lines(batch);
    return Progress::Read;
}

core::Result<std::size_t> LogScan::read_block() {
    std::size_t wanted = scan_block;
    if (limit_ && place_->file.is(limit_->file)) {
        const off_t left = std::max<off_t>(0, limit_->offset - place_->offset);
        wanted = std::min<std::size_t>(wanted, static_cast<std::size_t>(left));
        if (wanted == 0) return std::size_t{0};
    }
    const std::size_t before = unfinished_.size();
    unfinished_.resize(before + wanted);
    ssize_t got = -1;
    do {
        got = ::pread(place_->file.fd.get(), &unfinished_[before], wanted, place_->offset);
    } while (got < 0 && errno == EINTR);
    const int reason = errno;
    unfinished_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0) return core::os_error(reason, "read log");
    place_->offset += got;
    return static_cast<std::size_t>(got);
}

/// At the end of a file: to the next one, or the end of the log.
core::Result<LogScan::Progress> LogScan::after_file(LogBatch& batch) {
    if (limit_ && place_->file.is(limit_->file)) {
        over_ = true;
        return Progress::End;
    }
    auto newer = files_.newer_than(place_->file);
    if (!newer) return std::move(newer).error();
    if (!newer.value()) {
        auto restarted = restart_if_cut();
        return restarted ? core::Result<Progress>(Progress::End) : std::move(restarted).error();
    }
    // What was written after our read and before the rotation.
    auto rest = read_block();
    if (!rest) return std::move(rest).error();
    if (rest.value() > 0) return Progress::Read;
    if (!unfinished_.empty()) add_line(std::exchange(unfinished_, {}), false, batch);
    searched_ = 0;
    place_ = LogPosition{*std::move(newer).value(), 0};
    return Progress::NextFile;
}

/// Somebody emptied the file in place.
core::Status LogScan::restart_if_cut() {
    auto about = place_->file.about();
    if (!about) return std::move(about).error();
    const off_t line_begin = place_->offset - static_cast<off_t>(unfinished_.size());
    if (about->st_size < line_begin) {
        place_->offset = 0;
        unfinished_.clear();
    }
    return {};
}

void LogScan::end_here(bool last, LogBatch& batch) {
    if (unfinished_.empty()) return;
    if (last) {
        add_line(unfinished_, false, batch);
    } else {
        // Read again when there is more: the writer takes a torn line back if the disk was full.
        place_->offset -= static_cast<off_t>(unfinished_.size());
    }
    unfinished_.clear();
    searched_ = 0;
}

/// Gives what is complete, but not more than a batch: the rest waits for the next one.
void LogScan::cut_lines(LogBatch& batch) {
    std::size_t begin = 0;
    while (given_ < batch_size) {
        const std::size_t end = unfinished_.find('\n', std::max(begin, searched_));
        if (end == std::string::npos) {
            searched_ = unfinished_.size();
            break;
        }
        add_line({unfinished_.data() + begin, end - begin}, true, batch);
        begin = end + 1;
        searched_ = begin;
    }
    unfinished_.erase(0, begin);
    searched_ -= begin;
    if (searched_ == unfinished_.size() && unfinished_.size() > longest_log_line) {
        add_line(std::exchange(unfinished_, {}), false, batch);
        searched_ = 0;
    }
}

void LogScan::add_line(std::string_view line, bool complete, LogBatch& batch) {
    LogEntry entry = parse_log_entry(line);
    if (!is_wanted(entry, query_)) return;
    if (!complete) entry.partial = true;
    batch.lines.push_back(to_line(entry));
    given_ += entry.text.size() + line_cost;
}

}  // namespace potd::platform
