#include "daemon/monitor/log_file.hpp"

#include "daemon/monitor/sys.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>

namespace potd::monitor {

namespace {

constexpr const char* current_name = "current.log";
constexpr unsigned log_mode = 0640;

using Name = FixedText<32>;

Name rotated_name(std::uint32_t number) {
    Name name;
    name.add_number(number).add(".log");
    return name;
}

int open_current(int directory) {
    return sys::open_at(directory, current_name, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, log_mode);
}

}  // namespace

int LogFile::open(const char* directory, const LogLimits& limits) {
    limits_ = limits;
    directory_ = sys::open_at(AT_FDCWD, directory, O_PATH | O_DIRECTORY);
    if (directory_ < 0) return directory_;
    file_ = open_current(directory_);
    if (file_ < 0) return file_;
    const std::int64_t size = sys::file_size(file_);
    if (size < 0) return static_cast<int>(size);
    size_ = static_cast<std::uint64_t>(size);
    return 0;
}

void LogFile::add(std::string_view prefix, std::string_view text) {
    const std::size_t length = prefix.size() + text.size() + 1;
    const std::uint64_t before = size_ + used_;
    if (limits_.max_size != 0 && before != 0 && before + length > limits_.max_size) {
        flush();
        rotate();
    }
    if (used_ + length > buffer_.size()) flush();
    append(prefix);
    append(text);
    append("\n");
}

void LogFile::append(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(buffer_.data() + used_, bytes.data(), bytes.size());
    used_ += bytes.size();
}

void LogFile::flush() {
    const std::size_t used = used_;
    used_ = 0;
    if (used != 0) write_out({buffer_.data(), used});
}

void LogFile::write_out(std::string_view lines) {
    const std::uint64_t start = size_;
    const bool told = lost_ != 0 && report_loss();
    std::size_t written = 0;
    if (lost_ == 0 || told) written = write_whole_lines(lines);
    if (told && written != 0) lost_ = 0;
    // Room for the report but not for a line is no room: else reports alone would fill what is left.
    if (told && written == 0 && sys::truncate(file_, static_cast<std::int64_t>(start)) >= 0) size_ = start;
    lost_ += lines.size() - written;
    total_lost_ += lines.size() - written;
}

bool LogFile::report_loss() {
    FixedText<128> line;
    line.add(LinePrefix(sys::wall_ns(), "stderr", limits_.run).full());
    line.add("potmon: ").add_number(static_cast<std::int64_t>(lost_)).add(" bytes lost: ");
    if (last_error_ == -ENOSPC || last_error_ == -EDQUOT) {
        line.add("no space\n");
    } else {
        line.add("error ").add_number(-last_error_).add("\n");
    }
    return write_whole_lines(line.view()) != 0;
}

std::size_t LogFile::write_whole_lines(std::string_view lines) {
    std::size_t done = 0;
    while (done < lines.size()) {
        const long result = sys::write(file_, lines.data() + done, lines.size() - done);
        if (result == -EINTR) continue;
        if (result <= 0) {
            last_error_ = result;
            break;
        }
        done += static_cast<std::size_t>(result);
    }
    std::size_t whole = done;
    while (whole > 0 && lines[whole - 1] != '\n') --whole;
    size_ += whole;
    // If even shortening fails the file keeps a torn line; there is nobody left to tell.
    if (whole != done && sys::truncate(file_, static_cast<std::int64_t>(size_)) < 0) size_ += done - whole;
    return whole;
}

void LogFile::rotate() {
    for (std::uint32_t number = limits_.max_files; number > 1; --number) {
        const int moved =
            sys::rename_at(directory_, rotated_name(number - 1).c_str(), rotated_name(number).c_str());
        if (moved < 0 && moved != -ENOENT) return;
    }
    const int moved = limits_.max_files == 0
                          ? sys::unlink_at(directory_, current_name)
                          : sys::rename_at(directory_, current_name, rotated_name(1).c_str());
    if (moved < 0 && moved != -ENOENT) return;
    const int fresh = open_current(directory_);
    if (fresh < 0) return;
    sys::close(file_);
    file_ = fresh;
    size_ = 0;
}

void LogFile::close() {
    sys::close(file_);
    sys::close(directory_);
    file_ = directory_ = -1;
}

}  // namespace potd::monitor
