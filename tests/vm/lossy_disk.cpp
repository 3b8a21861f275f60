#include "tests/vm/lossy_disk.hpp"

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

// https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md has the numbers.
namespace potd::test {
namespace {

constexpr std::uint64_t nbd_magic = 0x4e42444d41474943, option_magic = 0x49484156454f5054,
                        option_reply_magic = 0x3e889045565a9;
constexpr std::uint32_t request_magic = 0x25609513, reply_magic = 0x67446698;
constexpr std::uint16_t fixed_newstyle = 1, has_flags_flush_and_fua = 1 | 4 | 8;
constexpr std::uint32_t option_go = 7, answer_ack = 1, answer_info = 3, answer_unsupported = 0x80000001;
constexpr std::uint16_t command_read = 0, command_write = 1, command_flush = 3, flag_force_access = 1;

template <class T>
void put(std::string& text, T number) {
    for (std::size_t byte = sizeof(T); byte-- > 0;) text.push_back(static_cast<char>(number >> (8 * byte)));
}

bool receive_all(int socket, char* to, std::size_t bytes) {
    while (bytes > 0) {
        const ssize_t got = ::recv(socket, to, bytes, 0);
        if (got <= 0) return false;
        to += got;
        bytes -= static_cast<std::size_t>(got);
    }
    return true;
}

template <class T>
bool receive_number(int socket, T& number) {
    std::array<unsigned char, sizeof(T)> bytes{};
    if (!receive_all(socket, reinterpret_cast<char*>(bytes.data()), bytes.size())) return false;
    number = 0;
    for (const unsigned char byte : bytes) number = static_cast<T>(number << 8U) | byte;
    return true;
}

bool send_all(int socket, const std::string& text) {
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t put = ::send(socket, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
        if (put <= 0) return false;
        sent += static_cast<std::size_t>(put);
    }
    return true;
}

[[noreturn]] void fail(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

/// The last block of a file may be a short one.
void read_at(int file, char* to, std::size_t bytes, std::uint64_t offset) {
    if (::pread(file, to, bytes, static_cast<off_t>(offset)) < 0) fail("read the disk");
}

void write_at(int file, const char* from, std::size_t bytes, std::uint64_t offset) {
    if (::pwrite(file, from, bytes, static_cast<off_t>(offset)) != static_cast<ssize_t>(bytes))
        fail("write the disk");
}

}  // namespace

LossyDisk::LossyDisk(const std::filesystem::path& file, unsigned seed)
    : file_(::open(file.c_str(), O_RDWR | O_CLOEXEC)), random_(seed) {
    struct stat status {};
    if (!file_ || ::fstat(file_.get(), &status) != 0) fail("open the disk");
    size_ = static_cast<std::uint64_t>(status.st_size);
}

LossyDisk::~LossyDisk() {
    if (server_.joinable()) server_.join();
}

platform::UniqueFd LossyDisk::connect() {
    disconnect();
    writes_left_ = -1;
    stopped_ = false;
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
    socket_ = platform::UniqueFd(ends[0]);
    server_ = std::thread([this] { serve(); });
    return platform::UniqueFd(ends[1]);
}

void LossyDisk::await_end() {
    if (server_.joinable()) server_.join();
    socket_.reset();
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
}

void LossyDisk::disconnect() {
    await_end();
    flushed_.clear();
}

std::size_t LossyDisk::lose_power() {
    await_end();
    const std::size_t count = flushed_.size();
    std::bernoulli_distribution lost(0.5);
    for (const auto& [number, content] : flushed_) {
        if (lost(random_)) write_at(file_.get(), content.data(), content.size(), number * block_size);
    }
    flushed_.clear();
    return count;
}

void LossyDisk::serve() {
    try {
        serve_until_end();
    } catch (const std::system_error&) {
        failure_ = std::current_exception();
        ::shutdown(socket_.get(), SHUT_RDWR);
    }
}

void LossyDisk::serve_until_end() {
    if (!greet()) return;
    while (true) {
        std::uint32_t magic = 0;
        Request request;
        const int from = socket_.get();
        const bool whole = receive_number(from, magic) && receive_number(from, request.flags) &&
                           receive_number(from, request.type) && receive_number(from, request.handle) &&
                           receive_number(from, request.offset) && receive_number(from, request.length);
        if (!whole || magic != request_magic || !answer(request)) return;
    }
}

bool LossyDisk::greet() {
    std::string hello;
    put(hello, nbd_magic);
    put(hello, option_magic);
    put(hello, fixed_newstyle);
    std::uint32_t client_flags = 0;
    if (!send_all(socket_.get(), hello) || !receive_number(socket_.get(), client_flags)) return false;
    while (true) {
        std::uint64_t magic = 0;
        std::uint32_t option = 0;
        std::uint32_t length = 0;
        if (!receive_number(socket_.get(), magic) || !receive_number(socket_.get(), option) ||
            !receive_number(socket_.get(), length))
            return false;
        std::string data(length, '\0');
        if (!receive_all(socket_.get(), data.data(), data.size()) || !answer_option(option)) return false;
        if (option == option_go) return true;
    }
}

/// There is one export, whatever it is called, and nothing to negotiate.
bool LossyDisk::answer_option(std::uint32_t option) {
    std::string reply;
    const auto head = [&](std::uint32_t type, std::uint32_t length) {
        put(reply, option_reply_magic);
        put(reply, option);
        put(reply, type);
        put(reply, length);
    };
    if (option != option_go) {
        head(answer_unsupported, 0);
        return send_all(socket_.get(), reply);
    }
    head(answer_info, sizeof(std::uint16_t) + sizeof size_ + sizeof has_flags_flush_and_fua);
    put(reply, std::uint16_t{0});  // what follows is about the export
    put(reply, size_);
    put(reply, has_flags_flush_and_fua);
    head(answer_ack, 0);
    return send_all(socket_.get(), reply);
}

bool LossyDisk::answer(const Request& request) {
    std::string reply;
    put(reply, reply_magic);
    put(reply, std::uint32_t{0});
    put(reply, request.handle);
    if (request.type == command_read) {
        const std::size_t head = reply.size();
        reply.resize(head + request.length);
        read_at(file_.get(), reply.data() + head, request.length, request.offset);
    } else if (request.type == command_write) {
        if (!write_blocks(request)) return false;
    } else if (request.type == command_flush) {
        flushed_.clear();
    } else {
        return false;  // it says good-bye
    }
    return send_all(socket_.get(), reply);
}

bool LossyDisk::write_blocks(const Request& request) {
    std::vector<char> data(request.length);
    if (!receive_all(socket_.get(), data.data(), data.size())) return false;
    keep_flushed(request.offset, request.length);
    write_at(file_.get(), data.data(), data.size(), request.offset);
    if (writes_left_ > 0 && --writes_left_ == 0) {
        // The socket stays open, so that the client waits and sees no error.
        stopped_ = true;
        return false;
    }
    if ((request.flags & flag_force_access) != 0) forget_flushed(request.offset, request.length);
    return true;
}

void LossyDisk::keep_flushed(std::uint64_t offset, std::uint64_t length) {
    for (std::uint64_t number = offset / block_size; number * block_size < offset + length; ++number) {
        const auto [entry, added] = flushed_.try_emplace(number);
        if (added) read_at(file_.get(), entry->second.data(), block_size, number * block_size);
    }
}

/// Only where the whole block was written: the rest of it may still be in the cache.
void LossyDisk::forget_flushed(std::uint64_t offset, std::uint64_t length) {
    for (std::uint64_t number = (offset + block_size - 1) / block_size;
         (number + 1) * block_size <= offset + length; ++number)
        flushed_.erase(number);
}

}  // namespace potd::test
