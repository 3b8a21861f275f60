#include "daemon/platform/linux/counter_directory.hpp"

#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

namespace potd::platform {

namespace {

/// As read(2), again where a signal came between.
ssize_t read_some(int fd, char* to, std::size_t size) {
    for (;;) {
        const ssize_t got = ::read(fd, to, size);
        if (got >= 0 || errno != EINTR) return got;
    }
}

bool is_blank(char one) {
    return one == ' ' || one == '\n' || one == '\t' || one == '\r';
}

}  // namespace

CounterDirectory::CounterDirectory(const char* path, CounterBuffer& buffer)
    : CounterDirectory(AT_FDCWD, path, buffer) {}

CounterDirectory::CounterDirectory(int above, const char* path, CounterBuffer& buffer)
    : fd_(::openat(above, path, O_PATH | O_DIRECTORY | O_CLOEXEC)), buffer_(buffer) {}

std::string_view CounterDirectory::read(const char* file) const {
    if (!fd_) return {};
    const UniqueFd fd(::openat(fd_.get(), file, O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    std::size_t size = 0;
    while (size < buffer_.size()) {
        const ssize_t got = read_some(fd.get(), buffer_.data() + size, buffer_.size() - size);
        if (got < 0) return {};
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    return {buffer_.data(), size};
}

std::string_view CounterDirectory::read_once(const char* file) const {
    if (!fd_) return {};
    const UniqueFd fd(::openat(fd_.get(), file, O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    const ssize_t got = read_some(fd.get(), buffer_.data(), buffer_.size());
    return {buffer_.data(), got < 0 ? 0 : static_cast<std::size_t>(got)};
}

std::optional<std::int64_t> CounterDirectory::number(const char* file) const {
    return parse_count(read_once(file));
}

std::string_view take_word(std::string_view& text) {
    const auto* const begin = std::find_if_not(text.begin(), text.end(), is_blank);
    const auto* const end = std::find_if(begin, text.end(), is_blank);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    return {begin, static_cast<std::size_t>(end - begin)};
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

}  // namespace potd::platform
