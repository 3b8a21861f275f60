#include "api/http/unix_listener.hpp"

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <vector>

#include <boost/asio/error.hpp>
#include <grp.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::api {
namespace {

using boost::asio::local::stream_protocol;
using boost::system::error_code;
using core::ErrorKind;

core::Error refusal(ErrorKind kind, const std::string& path, std::string_view why) {
    return core::error(kind, "socket " + path + ": " + std::string(why));
}

/// Nothing if the path is free or holds the socket of a daemon that is gone.
core::Status check_free(boost::asio::io_context& context, const std::string& path) {
    struct stat found {};
    if (::lstat(path.c_str(), &found) != 0) {
        if (errno == ENOENT) return {};
        return core::os_error(errno, "socket " + path);
    }
    if (!S_ISSOCK(found.st_mode)) {
        return refusal(ErrorKind::Conflict, path, "something else than a socket is there");
    }
    stream_protocol::socket probe(context);
    error_code ec;
    probe.open(stream_protocol(), ec);
    if (!ec) probe.non_blocking(true, ec);  // a listener with a full backlog must not hold us up
    if (!ec) probe.connect(stream_protocol::endpoint(path), ec);
    if (ec == boost::asio::error::connection_refused) return {};
    if (!ec || ec == boost::asio::error::would_block || ec == boost::asio::error::try_again) {
        return refusal(ErrorKind::Conflict, path, "another daemon listens there");
    }
    return core::os_error(ec.value(), "socket " + path);
}

core::Result<gid_t> group_id(const std::string& name) {
    group entry{};
    group* found = nullptr;
    std::vector<char> buffer(std::size_t{16} * 1024);
    const int problem = ::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    if (problem != 0) return core::os_error(problem, "group " + name);
    if (found == nullptr)
        return core::error(ErrorKind::NotFound, "group " + name + ": there is no such group");
    return entry.gr_gid;
}

core::Status set_rights(const std::string& path, const UnixEndpoint& endpoint) {
    if (!endpoint.group.empty()) {
        auto group = group_id(endpoint.group);
        if (!group) return std::move(group).error();
        if (::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
            return core::os_error(errno, "socket " + path + ": group " + endpoint.group);
        }
    }
    if (::chmod(path.c_str(), static_cast<mode_t>(endpoint.mode)) != 0)
        return core::os_error(errno, "socket " + path);
    return {};
}

}  // namespace

UnixListener::UnixListener(boost::asio::io_context& context) : acceptor_(context) {}

UnixListener::~UnixListener() {
    close();
}

core::Status UnixListener::open(const UnixEndpoint& endpoint) {
    const std::string temporary = endpoint.path + ".new";
    if (temporary.size() >= sizeof(sockaddr_un::sun_path)) {
        return refusal(ErrorKind::InvalidArgument, endpoint.path, "the path is too long for a unix socket");
    }
    if (auto free = check_free(acceptor_.get_executor().context(), endpoint.path); !free) return free;
    auto bound = bind_at(temporary, endpoint);
    if (!bound) {
        ::unlink(temporary.c_str());
        error_code ignored;  // the first error is the one to tell
        acceptor_.close(ignored);
        return bound;
    }
    struct stat made {};
    if (::rename(temporary.c_str(), endpoint.path.c_str()) != 0 ||
        ::lstat(endpoint.path.c_str(), &made) != 0) {
        return core::os_error(errno, "socket " + endpoint.path);
    }
    path_ = endpoint.path;
    device_ = made.st_dev;
    inode_ = made.st_ino;
    return {};
}

/// Nobody can connect before listen, and by then the rights are set.
core::Status UnixListener::bind_at(const std::string& temporary, const UnixEndpoint& endpoint) {
    if (::unlink(temporary.c_str()) != 0 && errno != ENOENT)
        return core::os_error(errno, "socket " + temporary);
    error_code ec;
    acceptor_.open(stream_protocol(), ec);
    if (!ec) acceptor_.bind(stream_protocol::endpoint(temporary), ec);
    if (ec) return core::os_error(ec.value(), "socket " + endpoint.path);
    if (auto set = set_rights(temporary, endpoint); !set) return set;
    acceptor_.non_blocking(true, ec);
    if (!ec) acceptor_.listen(boost::asio::socket_base::max_listen_connections, ec);
    if (ec) return core::os_error(ec.value(), "socket " + endpoint.path);
    return {};
}

void UnixListener::close() {
    error_code ignored;  // closing is all that can be done
    acceptor_.close(ignored);
    if (path_.empty()) return;
    struct stat found {};
    const bool ours =
        ::lstat(path_.c_str(), &found) == 0 && found.st_dev == device_ && found.st_ino == inode_;
    if (ours) ::unlink(path_.c_str());
    path_.clear();
}

}  // namespace potd::api
