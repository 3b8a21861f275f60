#include "daemon/platform/linux/counter_directory.hpp"

#include "daemon/platform/posix/text.hpp"

#include <algorithm>
#include <cerrno>

#include <fcntl.h>

namespace potd::platform {

CounterDirectory::CounterDirectory(const char* path, CounterBuffer& buffer)
    : fd_(::open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)), buffer_(buffer) {}

std::string_view CounterDirectory::read(const char* file) const {
    if (!fd_) return {};
    const UniqueFd fd(::openat(fd_.get(), file, O_RDONLY | O_CLOEXEC));
    if (!fd) return {};
    std::size_t size = 0;
    while (size < buffer_.size()) {
        const ssize_t got = ::read(fd.get(), buffer_.data() + size, buffer_.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return {};
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    return {buffer_.data(), size};
}

std::optional<std::int64_t> CounterDirectory::number(const char* file) const {
    return parse_number(read(file));
}

std::string_view take_word(std::string_view& text) {
    constexpr std::string_view blanks = " \t\r\n";
    const std::size_t begin = std::min(text.find_first_not_of(blanks), text.size());
    const std::size_t end = std::min(text.find_first_of(blanks, begin), text.size());
    const std::string_view word = text.substr(begin, end - begin);
    text.remove_prefix(end);
    return word;
}

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

}  // namespace potd::platform
