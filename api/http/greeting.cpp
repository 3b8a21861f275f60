#include "api/http/greeting.hpp"

#include "api/http/problem.hpp"

#include <utility>

namespace potd::api {

void Greeting::step() {
    if (!over_) return;
    switch (stream_.tls()->handshake().state) {
        case TlsSession::State::Done: return end({});
        case TlsSession::State::WantsRead: return wait(Socket::wait_read);
        case TlsSession::State::WantsWrite: return wait(Socket::wait_write);
        case TlsSession::State::Ended:
        case TlsSession::State::Broken: break;
    }
    if (stream_.tls()->spoke_http()) answer_http();
    give_up(stream_.tls()->why());
}

void Greeting::wait(Socket::wait_type what) {
    stream_.socket().async_wait(what, [self = shared_from_this()](boost::system::error_code ec) {
        if (ec)
            self->give_up(ec.message());
        else
            self->step();
    });
}

void Greeting::give_up(const std::string& why) {
    if (!over_) return;
    boost::system::error_code ignored;  // closing is all that can be done
    stream_.close(ignored);
    end(why);
}

void Greeting::end(const std::string& why_not) {
    const auto self = shared_from_this();
    if (const auto tell = std::exchange(over_, nullptr)) tell(*this, why_not);
}

/// Whoever typed http instead of https reads why that does not work.
void Greeting::answer_http() {
    const std::string body =
        to_json(Problem{400, "malformed", "this port speaks TLS: ask by https, not http", {}, {}});
    const std::string answer =
        "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n"
        "Content-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body;
    boost::system::error_code ignored;  // what does not fit now is not worth waiting for
    stream_.socket().write_some(boost::asio::buffer(answer), ignored);
    stream_.socket().shutdown(Socket::shutdown_send, ignored);
}

}  // namespace potd::api
