#pragma once

#include "daemon/platform/posix/service_notify.hpp"
#include "daemon/platform/posix/unique_fd.hpp"
#include "tests/support/temp_dir.hpp"

#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace potd::platform {

/// The service manager's end.
class NotifyListener {
  public:
    /// `name` as in NOTIFY_SOCKET.
    explicit NotifyListener(std::string name) : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        if (name[0] == '@') name[0] = '\0';
        std::memcpy(static_cast<void*>(address.sun_path), name.data(), name.size());
        const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), size), 0);
    }
    std::string received() const {
        char buffer[512];
        const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
        return got < 0 ? "(nothing)" : std::string(buffer, static_cast<std::size_t>(got));
    }

  private:
    UniqueFd socket_;
};

class ServiceNotifyFixture : public testing::Test {
  protected:
    static ServiceNotify open(const NotifyEnvironment& environment) {
        core::Result<ServiceNotify> opened = ServiceNotify::open(environment);
        EXPECT_TRUE(opened) << opened.error().message;
        return std::move(*opened);
    }
    test::TempDir dir_;
};

}  // namespace potd::platform
