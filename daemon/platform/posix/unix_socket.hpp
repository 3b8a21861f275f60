#pragma once

#include "core/base/result.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

// Message sockets (AF_UNIX, SOCK_SEQPACKET), close-on-exec, non-blocking on our side.

/// Two connected ends; only the first is non-blocking.
[[nodiscard]] core::Result<std::pair<UniqueFd, UniqueFd>> message_pair();

/// Connects to a listening path of any length. NotFound if nobody listens there.
[[nodiscard]] core::Result<UniqueFd> connect_messages(const std::string& path);

/// The pid at the other end when it connected or listened.
[[nodiscard]] core::Result<std::int32_t> peer_pid(int socket);

/// Sends one message with descriptors; false if the socket takes nothing now.
[[nodiscard]] core::Result<bool> send_message(int socket, std::span<const std::byte> bytes,
                                              std::span<const int> descriptors);

struct Message {
    std::size_t size = 0;  ///< 0 with `end`: the other side has closed
    bool end = false;
    bool none = false;  ///< nothing to read now
    std::vector<UniqueFd> descriptors;
};

/// Reads one message into `buffer`. A message longer than the buffer is an error.
[[nodiscard]] core::Result<Message> receive_message(int socket, std::span<std::byte> buffer);

// Per system.

/// connect(2) by a path of any length; its result with errno, or why it could not be tried.
[[nodiscard]] core::Result<int> connect_to_path(int socket, const std::string& path);

/// Makes room for messages as long as the longest frame.
[[nodiscard]] core::Status give_message_room(int socket);

}  // namespace potd::platform
