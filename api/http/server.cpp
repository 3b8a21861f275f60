#include "api/http/server.hpp"

#include "api/http/connection.hpp"
#include "api/http/greeting.hpp"
#include "api/http/peer.hpp"
#include "api/http/seats.hpp"
#include "api/http/web_socket_session.hpp"

#include <array>
#include <cstdio>
#include <cstring>
#include <limits>
#include <list>
#include <optional>
#include <random>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace potd::api {
namespace {

using boost::system::error_code;

constexpr core::milliseconds tick_period{1000};
/// Beyond the limit so many more get to read why they are refused; the rest is cut off.
constexpr std::size_t refused_at_once = 64;

/// RFC 9110 5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT"
std::string http_date(std::int64_t seconds) {
    using namespace std::chrono;
    constexpr std::array<const char*, 7> day_names{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> month_names{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const sys_seconds point{std::chrono::seconds{seconds}};
    const auto day = floor<days>(point);
    const year_month_day date{day};
    const hh_mm_ss<std::chrono::seconds> time{point - day};
    std::array<char, 40> text{};
    const int length = std::snprintf(
        text.data(), text.size(), "%s, %02u %s %04d %02d:%02d:%02d GMT", day_names[weekday{day}.c_encoding()],
        static_cast<unsigned>(date.day()), month_names[static_cast<unsigned>(date.month()) - 1],
        static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
        static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
    return {text.data(), static_cast<std::size_t>(length)};
}

/// Nothing if the peer has gone already.
std::optional<boost::asio::ip::address> address_of(const Socket& socket) {
    error_code ec;
    const auto remote = socket.remote_endpoint(ec);
    if (ec) return {};
    boost::asio::ip::tcp::endpoint place;
    if (remote.size() > place.capacity()) return {};
    std::memcpy(place.data(), remote.data(), remote.size());
    const boost::asio::ip::address address = place.address();
    if (address.is_v6() && address.to_v6().is_v4_mapped())
        return make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
    return address;
}

/// A peer that has vanished without a word is missed after two minutes, not two hours.
void keep_alive(Socket& socket) {
    const auto set = [fd = socket.native_handle()](int level, int option, int value) {
        // Without it the peer is missed later.
        static_cast<void>(::setsockopt(fd, level, option, &value, sizeof value));
    };
    set(SOL_SOCKET, SO_KEEPALIVE, 1);
    set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
    set(IPPROTO_TCP, TCP_KEEPINTVL, 15);
    set(IPPROTO_TCP, TCP_KEEPCNT, 4);
}

}  // namespace

/// Shared with its accept handler and timer, so that none of them finds it gone.
class Server::Room : public Hall, public std::enable_shared_from_this<Server::Room> {
  public:
    explicit Room(const Parts& parts)
        : parts_(parts),
          unix_(parts.context),
          loopback_(parts.context),
          tls_(parts.context),
          seats_(parts.limits.connections - parts.limits.connections / 4, parts.limits.per_address),
          id_prefix_(std::random_device{}()) {}

    core::Status listen(const UnixEndpoint& endpoint);
    core::Status listen(const LoopbackEndpoint& endpoint);
    core::Status listen(const TlsEndpoint& endpoint, std::shared_ptr<const TlsContext> context);
    void set_tls(std::shared_ptr<const TlsContext> context) { tls_context_ = std::move(context); }
    void shut_down(std::function<void()> done);
    void abandon();
    [[nodiscard]] std::size_t size() const { return connections_.size() + sockets_.size(); }
    [[nodiscard]] ServerFigures figures() const;
    [[nodiscard]] std::uint16_t port() const { return loopback_.port(); }
    [[nodiscard]] std::uint16_t tls_port() const { return tls_.port(); }

    // Hall
    [[nodiscard]] const Router& router() const override { return parts_.router; }
    [[nodiscard]] const Limits& limits() const override { return parts_.limits; }
    [[nodiscard]] RequestLog* log() const override { return parts_.log; }
    [[nodiscard]] std::string_view date() override;
    [[nodiscard]] std::int64_t now() const override { return now_; }
    [[nodiscard]] bool closing() const override { return closing_; }
    void new_request_id(std::string& out) override;
    void count(std::uint64_t received, std::uint64_t sent) override;
    void left(Connection& connection) override;
    void open_web_socket(Stream stream, const WebSocketSession::Request& request, Holder holder,
                         Exchange::OnSocket on_socket) override;

  private:
    struct HeldSocket {
        std::shared_ptr<WebSocketSession> session;
        Holder holder;
    };

    core::Status begin(core::Status opened);
    void accept();
    template <class Listener>
    void accept_from(Listener& listener, bool& accepting);
    void take(UnixListener& listener, Socket socket);
    void take(TcpListener& listener, Socket socket);
    void greet(Socket socket, const std::string& address, Seats::Seat taken);
    void greeted(Greeting& greeting, const std::string& why_not);
    void give_up_greetings(std::int64_t begun_before, const std::string& why);
    [[nodiscard]] bool is_full() const { return size() >= parts_.limits.connections; }
    void close_listeners();
    [[nodiscard]] bool waits_for_descriptors();
    void seat(Stream stream, Peer peer);
    void arm();
    void tick();
    void check_done();
    template <class Act>
    void for_each_connection(const Act& act);

    Parts parts_;
    UnixListener unix_;
    TcpListener loopback_;
    TcpListener tls_;
    std::shared_ptr<const TlsContext> tls_context_;
    Seats seats_;
    std::list<std::shared_ptr<Greeting>> greetings_;  ///< the oldest first
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
    std::unordered_map<WebSocketSession*, HeldSocket> sockets_;
    std::function<void()> done_;
    bool closing_ = false;
    bool accepting_ = false;           ///< at unix_
    bool accepting_loopback_ = false;  ///< at loopback_
    bool accepting_tls_ = false;       ///< at tls_
    ServerFigures figures_;            ///< what only grows of them
    core::Timers::Id timer_ = 0;
    std::int64_t now_ = 0;
    std::int64_t closing_since_ = 0;
    std::int64_t date_second_ = -1;
    std::string date_;
    std::uint32_t id_prefix_;
    std::uint64_t ids_ = 0;
};

core::Status Server::Room::listen(const UnixEndpoint& endpoint) {
    return begin(unix_.open(endpoint));
}

core::Status Server::Room::listen(const LoopbackEndpoint& endpoint) {
    return begin(loopback_.open(endpoint));
}

core::Status Server::Room::listen(const TlsEndpoint& endpoint, std::shared_ptr<const TlsContext> context) {
    tls_context_ = std::move(context);
    return begin(tls_.open(endpoint));
}

core::Status Server::Room::begin(core::Status opened) {
    if (!opened) return opened;
    now_ = parts_.clock.steady().ms / 1000;
    accept();
    return {};
}

void Server::Room::accept() {
    accept_from(unix_, accepting_);
    accept_from(loopback_, accepting_loopback_);
    accept_from(tls_, accepting_tls_);
}

/// `accepting`, of this object: whether it is under way.
template <class Listener>
void Server::Room::accept_from(Listener& listener, bool& accepting) {
    auto& acceptor = listener.acceptor();
    if (closing_ || !acceptor.is_open() || std::exchange(accepting, true)) return;
    acceptor.async_accept([weak = weak_from_this(), &listener, &accepting](error_code ec, auto socket) {
        const auto room = weak.lock();
        if (!room) return;
        accepting = false;
        if (room->closing_ || ec == boost::asio::error::operation_aborted) return;
        if constexpr (std::is_same_v<Listener, TcpListener>) {
            error_code slower;  // then pieces of an answer wait for each other, which does no harm
            if (!ec) socket.set_option(boost::asio::ip::tcp::no_delay(true), slower);
        }
        if (!ec) room->take(listener, Socket(std::move(socket)));
        // Out of descriptors: the next tick tries again, by then some may have been closed.
        if (ec && ec != boost::asio::error::connection_aborted) return room->arm();
        room->accept_from(listener, accepting);
    });
}

/// A listener that does not accept just now.
bool Server::Room::waits_for_descriptors() {
    return (unix_.acceptor().is_open() && !accepting_) ||
           (loopback_.acceptor().is_open() && !accepting_loopback_) ||
           (tls_.acceptor().is_open() && !accepting_tls_);
}

void Server::Room::close_listeners() {
    unix_.close();
    loopback_.close();
    tls_.close();
}

void Server::Room::take(UnixListener& /*listener*/, Socket socket) {
    error_code ec;
    socket.non_blocking(true, ec);
    if (ec) return;
    ++figures_.accepted;
    Peer peer = peer_of(socket.native_handle());
    seat(Stream(std::move(socket)), std::move(peer));
}

/// The kernel says of TCP where it comes from, and not who it is.
void Server::Room::take(TcpListener& listener, Socket socket) {
    error_code ec;
    socket.non_blocking(true, ec);
    const auto address = ec ? std::nullopt : address_of(socket);
    if (!address) return;
    ++figures_.accepted;
    if (&listener != &tls_) return seat(Stream(std::move(socket)), {-1, -1, {}, {}, address->to_string()});
    Seats::Seat taken = is_full() ? nullptr : seats_.take(*address);
    if (!taken) {
        ++figures_.refused;
        return;
    }
    keep_alive(socket);
    greet(std::move(socket), address->to_string(), std::move(taken));
}

void Server::Room::greet(Socket socket, const std::string& address, Seats::Seat taken) {
    auto session = tls_context_->session(socket.native_handle());
    if (!session) return;
    if (greetings_.size() >= parts_.limits.handshakes)
        greetings_.front()->give_up("it took long while others wanted in");
    arm();
    const auto greeting = std::make_shared<Greeting>(
        Stream(std::move(socket), std::move(session), std::move(taken)), address, now_,
        [weak = weak_from_this()](Greeting& over, const std::string& why_not) {
            if (const auto room = weak.lock()) room->greeted(over, why_not);
        });
    greetings_.push_back(greeting);
    greeting->start();
}

void Server::Room::greeted(Greeting& greeting, const std::string& why_not) {
    std::erase_if(greetings_, [&](const auto& one) { return one.get() == &greeting; });
    if (!why_not.empty()) {
        ++figures_.not_greeted;
        if (parts_.log != nullptr && !closing_) parts_.log->not_greeted(greeting.address(), why_not);
        return;
    }
    if (closing_) return;
    Peer peer{-1, -1, {}, greeting.names(), greeting.address()};
    seat(greeting.take_stream(), std::move(peer));
}

void Server::Room::give_up_greetings(std::int64_t begun_before, const std::string& why) {
    while (!greetings_.empty() && greetings_.front()->begun() < begun_before) {
        const auto late = greetings_.front();
        late->give_up(why);
    }
}

void Server::Room::seat(Stream stream, Peer peer) {
    const bool full = is_full();
    if (full) ++figures_.refused;
    if (size() >= parts_.limits.connections + refused_at_once) return;
    auto connection = std::make_shared<Connection>(*this, std::move(stream), std::move(peer));
    connections_.emplace(connection.get(), connection);
    arm();
    full ? connection->refuse() : connection->start();
}

void Server::Room::arm() {
    if (timer_ != 0) return;
    now_ = parts_.clock.steady().ms / 1000;
    timer_ = parts_.timers.arm(parts_.clock.steady().plus(tick_period), [weak = weak_from_this()] {
        if (const auto room = weak.lock()) room->tick();
    });
}

template <class Act>
void Server::Room::for_each_connection(const Act& act) {
    std::vector<std::shared_ptr<Connection>> all;
    all.reserve(connections_.size());
    for (const auto& entry : connections_) all.push_back(entry.second);
    for (const auto& connection : all) act(*connection);
}

void Server::Room::tick() {
    timer_ = 0;
    now_ = parts_.clock.steady().ms / 1000;
    for_each_connection([](Connection& connection) { connection.tick(); });
    const auto sockets = sockets_;
    for (const auto& entry : sockets) {
        const auto& [session, holder] = entry.second;
        parts_.router.holds(*holder.who, holder.peer, holder.pot) ? session->tick() : session->dismiss();
    }
    give_up_greetings(now_ - parts_.limits.handshake_timeout.count(), "it took too long");
    if (!closing_) accept();
    if (closing_ && now_ - closing_since_ > parts_.limits.shutdown_grace.count()) abandon();
    if (size() > 0 || !greetings_.empty() || (!closing_ && waits_for_descriptors())) arm();
}

void Server::Room::shut_down(std::function<void()> done) {
    closing_ = true;
    closing_since_ = parts_.clock.steady().ms / 1000;
    done_ = std::move(done);
    close_listeners();
    give_up_greetings(std::numeric_limits<std::int64_t>::max(), "potd is shutting down");
    for_each_connection([](Connection& connection) { connection.shut_down(); });
    const auto sockets = sockets_;
    for (const auto& entry : sockets) entry.second.session->close(1001, "potd is shutting down");
    arm();
    check_done();
}

/// Closes everything now.
void Server::Room::abandon() {
    closing_ = true;
    if (timer_ != 0) parts_.timers.cancel(std::exchange(timer_, 0));
    close_listeners();
    give_up_greetings(std::numeric_limits<std::int64_t>::max(), "potd is shutting down");
    for_each_connection([](Connection& connection) { connection.abort(); });
    const auto sockets = sockets_;
    for (const auto& entry : sockets) entry.second.session->abort();
}

void Server::Room::check_done() {
    if (!closing_ || size() > 0 || !done_) return;
    if (timer_ != 0) parts_.timers.cancel(std::exchange(timer_, 0));
    std::exchange(done_, nullptr)();
}

std::string_view Server::Room::date() {
    const std::int64_t second = parts_.clock.wall().ms / 1000;
    if (second != date_second_) {
        date_ = http_date(second);
        date_second_ = second;
    }
    return date_;
}

void Server::Room::count(std::uint64_t received, std::uint64_t sent) {
    figures_.received += received;
    figures_.sent += sent;
}

ServerFigures Server::Room::figures() const {
    ServerFigures now = figures_;
    now.connections = connections_.size();
    now.web_sockets = sockets_.size();
    for (const auto& entry : connections_) {
        if (entry.second->is_waiting()) ++now.waiting;
        if (entry.second->is_streaming()) ++now.streaming;
    }
    return now;
}

void Server::Room::new_request_id(std::string& out) {
    constexpr std::string_view digits = "0123456789abcdef";
    out.resize(16);
    std::uint64_t number = (static_cast<std::uint64_t>(id_prefix_) << 32U) | (ids_++ & 0xFFFF'FFFFU);
    for (std::size_t i = 16; i-- > 0; number >>= 4U) out[i] = digits[number & 0xFU];
}

void Server::Room::left(Connection& connection) {
    const auto found = connections_.find(&connection);
    if (found == connections_.end()) return;
    const auto kept = std::move(found->second);  // it may be its last owner, and it is calling
    connections_.erase(found);
    if (!closing_) accept();
    check_done();
}

void Server::Room::open_web_socket(Stream stream, const WebSocketSession::Request& request, Holder holder,
                                   Exchange::OnSocket on_socket) {
    auto session =
        WebSocketSession::make(std::move(stream), [weak = weak_from_this()](WebSocketSession& over) {
            const auto room = weak.lock();
            if (!room) return;
            room->sockets_.erase(&over);
            room->check_done();
        });
    sockets_.emplace(session.get(), HeldSocket{session, std::move(holder)});
    session->open(request, std::move(on_socket));
}

Server::Server(const Parts& parts) : room_(std::make_shared<Room>(parts)) {}

// NOLINTNEXTLINE(bugprone-exception-escape): for want of memory only, and then potd is to end
Server::~Server() {
    room_->abandon();
}

core::Status Server::listen(const UnixEndpoint& endpoint) {
    return room_->listen(endpoint);
}

void Server::shut_down(std::function<void()> done) {
    room_->shut_down(std::move(done));
}

ServerFigures Server::figures() const {
    return room_->figures();
}

std::uint16_t Server::port() const {
    return room_->port();
}

core::Status Server::listen(const LoopbackEndpoint& endpoint) {
    return room_->listen(endpoint);
}

core::Status Server::listen(const TlsEndpoint& endpoint, std::shared_ptr<const TlsContext> context) {
    return room_->listen(endpoint, std::move(context));
}

void Server::set_tls(std::shared_ptr<const TlsContext> context) {
    room_->set_tls(std::move(context));
}

std::uint16_t Server::tls_port() const {
    return room_->tls_port();
}

std::size_t Server::connections() const {
    return room_->size();
}

}  // namespace potd::api
