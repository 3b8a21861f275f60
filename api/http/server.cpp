#include "api/http/server.hpp"

#include "api/http/connection.hpp"
#include "api/http/peer.hpp"
#include "api/http/web_socket_session.hpp"

#include <array>
#include <cstdio>
#include <random>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>

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

}  // namespace

/// Shared with its accept handler and timer, so that none of them finds it gone.
class Server::Room : public Hall, public std::enable_shared_from_this<Server::Room> {
  public:
    explicit Room(const Parts& parts)
        : parts_(parts), unix_(parts.context), loopback_(parts.context), id_prefix_(std::random_device{}()) {}

    core::Status listen(const UnixEndpoint& endpoint);
    core::Status listen(const LoopbackEndpoint& endpoint);
    void shut_down(std::function<void()> done);
    void abandon();
    [[nodiscard]] std::size_t size() const { return connections_.size() + sockets_.size(); }
    [[nodiscard]] ServerFigures figures() const;
    [[nodiscard]] std::uint16_t port();

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
    void open_web_socket(Socket socket, std::string_view bytes, Exchange::OnSocket on_socket) override;

  private:
    core::Status begin(core::Status opened);
    void accept();
    template <class Acceptor>
    void accept_from(Acceptor& acceptor, bool& accepting);
    void close_listeners();
    [[nodiscard]] bool waits_for_descriptors();
    void take(Socket socket);
    void arm();
    void tick();
    void check_done();
    template <class Act>
    void for_each_connection(const Act& act);

    Parts parts_;
    UnixListener unix_;
    LoopbackListener loopback_;
    std::unordered_map<Connection*, std::shared_ptr<Connection>> connections_;
    std::unordered_map<WebSocketSession*, std::shared_ptr<WebSocketSession>> sockets_;
    std::function<void()> done_;
    bool closing_ = false;
    bool accepting_ = false;           ///< at unix_
    bool accepting_loopback_ = false;  ///< at loopback_
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

core::Status Server::Room::begin(core::Status opened) {
    if (!opened) return opened;
    now_ = parts_.clock.steady().ms / 1000;
    accept();
    return {};
}

void Server::Room::accept() {
    accept_from(unix_.acceptor(), accepting_);
    accept_from(loopback_.acceptor(), accepting_loopback_);
}

/// `accepting`, of this object: whether it is under way.
template <class Acceptor>
void Server::Room::accept_from(Acceptor& acceptor, bool& accepting) {
    if (closing_ || !acceptor.is_open() || std::exchange(accepting, true)) return;
    acceptor.async_accept([weak = weak_from_this(), &acceptor, &accepting](error_code ec, auto socket) {
        const auto room = weak.lock();
        if (!room) return;
        accepting = false;
        if (room->closing_ || ec == boost::asio::error::operation_aborted) return;
        if constexpr (std::is_same_v<Acceptor, TcpAcceptor>) {
            error_code slower;  // then pieces of an answer wait for each other, which does no harm
            if (!ec) socket.set_option(boost::asio::ip::tcp::no_delay(true), slower);
        }
        if (!ec) room->take(Socket(std::move(socket)));
        // Out of descriptors: the next tick tries again, by then some may have been closed.
        if (ec && ec != boost::asio::error::connection_aborted) return room->arm();
        room->accept_from(acceptor, accepting);
    });
}

/// A listener that does not accept just now.
bool Server::Room::waits_for_descriptors() {
    return (unix_.acceptor().is_open() && !accepting_) ||
           (loopback_.acceptor().is_open() && !accepting_loopback_);
}

void Server::Room::close_listeners() {
    unix_.close();
    loopback_.close();
}

void Server::Room::take(Socket socket) {
    error_code ec;
    socket.non_blocking(true, ec);
    if (ec) return;
    ++figures_.accepted;
    const bool full = size() >= parts_.limits.connections;
    if (full) ++figures_.refused;
    if (size() >= parts_.limits.connections + refused_at_once) return;
    Peer peer = peer_of(socket.native_handle());
    auto connection = std::make_shared<Connection>(*this, std::move(socket), std::move(peer));
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
    if (!closing_) accept();
    if (closing_ && now_ - closing_since_ > parts_.limits.shutdown_grace.count()) abandon();
    if (size() > 0 || (!closing_ && waits_for_descriptors())) arm();
}

void Server::Room::shut_down(std::function<void()> done) {
    closing_ = true;
    closing_since_ = parts_.clock.steady().ms / 1000;
    done_ = std::move(done);
    close_listeners();
    for_each_connection([](Connection& connection) { connection.shut_down(); });
    const auto sockets = sockets_;
    for (const auto& entry : sockets) entry.second->close(1001, "potd is shutting down");
    arm();
    check_done();
}

/// Closes everything now.
void Server::Room::abandon() {
    closing_ = true;
    if (timer_ != 0) parts_.timers.cancel(std::exchange(timer_, 0));
    close_listeners();
    for_each_connection([](Connection& connection) { connection.abort(); });
    const auto sockets = sockets_;
    for (const auto& entry : sockets) entry.second->abort();
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

std::uint16_t Server::Room::port() {
    error_code ec;
    const auto place = loopback_.acceptor().local_endpoint(ec);
    return ec ? std::uint16_t{0} : place.port();
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

void Server::Room::open_web_socket(Socket socket, std::string_view bytes, Exchange::OnSocket on_socket) {
    auto session =
        WebSocketSession::make(std::move(socket), [weak = weak_from_this()](WebSocketSession& over) {
            const auto room = weak.lock();
            if (!room) return;
            room->sockets_.erase(&over);
            room->check_done();
        });
    sockets_.emplace(session.get(), session);
    session->open(bytes, std::move(on_socket));
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

std::size_t Server::connections() const {
    return room_->size();
}

}  // namespace potd::api
