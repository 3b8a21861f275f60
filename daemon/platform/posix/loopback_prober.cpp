#include "daemon/platform/posix/loopback_prober.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include <sys/socket.h>

namespace potd::platform {
namespace {

constexpr std::size_t longest_status_line = 512;

/// The status of "HTTP/1.1 200 OK" (RFC 9112, section 4); 0 if it is none.
int status_of(std::string_view line) {
    if (!line.starts_with("HTTP/1.") || line.size() < 12) return 0;
    int status = 0;
    const char* const first = line.data() + 9;
    const auto parsed = std::from_chars(first, first + 3, status);
    return parsed.ptr == first + 3 && status >= 100 ? status : 0;
}

/// A jail without IPv4 addresses has no IPv4, not even its loopback address.
LoopbackPort target_of(const core::ProbeRequest& request) {
    const bool six = request.network.type == core::NetworkType::Alias &&
                     !core::has_address(request.network, core::IpAddress::Family::V4);
    return {six ? AF_INET6 : AF_INET, static_cast<std::uint16_t>(request.check.port)};
}

core::Error no_good(std::string why) {
    return core::error(core::ErrorKind::Unavailable, std::move(why));
}

}  // namespace

/// One connection from its socket to its answer.
class LoopbackProbe : public std::enable_shared_from_this<LoopbackProbe> {
  public:
    using Done = std::function<void(core::Result<std::string>)>;

    LoopbackProbe(Loop loop, core::HealthSpec check, LoopbackPort where, Done done)
        : loop_(loop), check_(std::move(check)), where_(where), done_(std::move(done)) {}
    LoopbackProbe(const LoopbackProbe&) = delete;
    LoopbackProbe& operator=(const LoopbackProbe&) = delete;
    ~LoopbackProbe() { close(); }

    void arm() {
        timer_ = loop_.timers.arm(loop_.clock.steady().plus(check_.timeout), [this] {
            timer_ = 0;
            finish(core::error(core::ErrorKind::Timeout,
                               "no answer within " + core::format_duration(check_.timeout)));
        });
    }

    void connect(core::Result<UniqueFd> made) {
        if (!done_) return;
        if (!made) return finish(std::move(made).error());
        socket_ = *std::move(made);
        loop_.reactor.wait(socket_.get(), core::Reactor::Interest::Write, [this] { connected(); });
    }

  private:
    [[nodiscard]] std::string place() const { return to_text(where_); }

    void connected() {
        int failure = 0;
        socklen_t size = sizeof failure;
        if (::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &failure, &size) != 0) failure = errno;
        if (failure != 0) return finish(core::os_error(failure, place()));
        if (check_.kind == core::HealthSpec::Kind::Tcp) return finish(place() + " accepts");
        const std::string request = "GET " + check_.path +
                                    " HTTP/1.1\r\nHost: localhost:" + std::to_string(check_.port) +
                                    "\r\nUser-Agent: potd\r\nConnection: close\r\n\r\n";
        // A new connection takes a few KiB at once; one that does not is no healthy server.
        const ssize_t sent = ::send(socket_.get(), request.data(), request.size(), MSG_NOSIGNAL);
        if (sent != static_cast<ssize_t>(request.size()))
            return finish(no_good(place() + " takes no request"));
        await_answer();
    }

    void await_answer() {
        loop_.reactor.wait(socket_.get(), core::Reactor::Interest::Read, [this] { read_some(); });
    }

    void read_some() {
        std::array<char, longest_status_line> bytes{};
        const ssize_t count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR)) return await_answer();
        if (count < 0) return finish(core::os_error(errno, place()));
        answer_.append(bytes.data(), static_cast<std::size_t>(count));
        const std::size_t end = answer_.find("\r\n");
        if (end == std::string::npos && count > 0 && answer_.size() < longest_status_line)
            return await_answer();
        const int status = status_of(std::string_view(answer_).substr(0, end));
        if (status == 0) return finish(no_good(place() + " does not speak HTTP"));
        const std::string seen = "HTTP " + std::to_string(status);
        if (status >= 200 && status < 400) return finish(seen);
        finish(no_good(seen));
    }

    void close() {
        if (timer_ != 0) loop_.timers.cancel(std::exchange(timer_, 0));
        if (!socket_) return;
        loop_.reactor.forget(socket_.get());
        socket_.reset();
    }

    /// May destroy this.
    void finish(core::Result<std::string> result) {
        close();
        if (const Done done = std::exchange(done_, {})) done(std::move(result));
    }

    Loop loop_;
    core::HealthSpec check_;
    LoopbackPort where_;
    Done done_;
    UniqueFd socket_;
    std::string answer_;
    core::Timers::Id timer_ = 0;
};

LoopbackProber::~LoopbackProber() = default;

void LoopbackProber::probe(const core::ProbeRequest& request, core::Reply<std::string> reply) {
    const std::uint64_t id = next_++;
    // Posted: the one who asked is never answered from inside its call, and the probe ends its own step
    // first.
    auto done = [this, id, reply = std::move(reply)](core::Result<std::string> result) {
        const std::shared_ptr<LoopbackProbe> ended = std::move(probes_.extract(id).mapped());
        auto held = std::make_shared<core::Result<std::string>>(std::move(result));
        loop_.executor.post([reply, held, ended] { reply(std::move(*held)); });
    };
    const LoopbackPort where = target_of(request);
    const auto probe = std::make_shared<LoopbackProbe>(loop_, request.check, where, std::move(done));
    probes_[id] = probe;
    probe->arm();
    if (request.network.type == core::NetworkType::Inherit) {
        probe->connect(connect_here(where));
        return;
    }
    const auto made = std::make_shared<core::Result<UniqueFd>>(UniqueFd());
    loop_.executor.blocking(
        [connect = connect_, init = request.init, where, made] { *made = connect(init, where); },
        [weak = std::weak_ptr(probe), made] {
            if (const auto still = weak.lock()) still->connect(std::move(*made));
        });
}

}  // namespace potd::platform
