#include "daemon/monitor/log_pump.hpp"

#include "daemon/monitor/sys.hpp"

#include <cerrno>
#include <cstring>

namespace potd::monitor {

namespace {

std::string_view name_of(LogPump::Source source) {
    return source == LogPump::Source::Output ? "stdout" : "stderr";
}

/// Eight bytes at a time: the classic test for a zero byte, on the text xor newlines.
std::size_t find_newline(const char* text, std::size_t size) {
    constexpr std::uint64_t ones = 0x0101010101010101;
    constexpr std::uint64_t highs = 0x8080808080808080;
    std::size_t at = 0;
    for (; at + 8 <= size; at += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, text + at, sizeof word);
        word ^= ones * '\n';
        if (((word - ones) & ~word & highs) != 0) break;
    }
    while (at < size && text[at] != '\n') ++at;
    return at;
}

}  // namespace

int LogPump::open_log(const char* directory, const LogLimits& limits) {
    run_ = limits.run;
    return file_.open(directory, limits);
}

void LogPump::set_source(Source source, int fd) {
    stream(source).fd = fd;
}

bool LogPump::pump(Source source) {
    Stream& from = stream(source);
    if (from.fd < 0) return false;
    const long size = sys::read(from.fd, buffers_.in + max_line_text, read_size);
    if (size == -EINTR) return true;
    if (size == -EAGAIN) return false;
    if (size <= 0) {  // a terminal ends with EIO
        end_source(source);
        return false;
    }
    touched_ = true;
    const std::string_view fresh(buffers_.in + max_line_text, static_cast<std::size_t>(size));
    if (from.attached >= 0) copy_to_client(source, fresh);
    carry(source, fresh);
    return true;
}

void LogPump::carry(Source source, std::string_view fresh) {
    Stream& from = stream(source);
    char* start = buffers_.in + max_line_text - from.pending;
    if (from.pending != 0) {
        std::memcpy(start, buffers_.pending[static_cast<std::size_t>(source)], from.pending);
    }
    write_lines(source, {start, from.pending + fresh.size()});
    file_.flush();
}

void LogPump::write_lines(Source source, std::string_view text) {
    LinePrefix prefix(sys::wall_ns(), name_of(source), run_);
    while (!text.empty()) {
        const std::size_t end = find_newline(text.data(), text.size());
        if (end == text.size() && end < max_line_text) break;
        if (end > max_line_text || end == text.size()) {
            file_.add(prefix.partial(), {text.data(), max_line_text});
            text = tail(text, max_line_text);
        } else {
            file_.add(prefix.full(), {text.data(), end});
            text = tail(text, end + 1);
        }
    }
    stream(source).pending = text.size();
    if (!text.empty()) {
        std::memcpy(buffers_.pending[static_cast<std::size_t>(source)], text.data(), text.size());
    }
}

void LogPump::copy_to_client(Source source, std::string_view bytes) {
    const long size = sys::write(stream(source).attached, bytes.data(), bytes.size());
    if (size != static_cast<long>(bytes.size())) detach();
}

void LogPump::end_source(Source source) {
    Stream& from = stream(source);
    sys::close(from.fd);
    from.fd = -1;
    sys::close(from.attached);
    from.attached = -1;
    write_unfinished(source);
    file_.flush();
}

void LogPump::write_unfinished(Source source) {
    Stream& from = stream(source);
    if (from.pending == 0) return;
    LinePrefix prefix(sys::wall_ns(), name_of(source), run_);
    file_.add(prefix.partial(), {buffers_.pending[static_cast<std::size_t>(source)], from.pending});
    from.pending = 0;
}

void LogPump::finish() {
    for (const Source source : {Source::Output, Source::Errors}) {
        while (stream(source).fd >= 0 && pump(source)) {
        }
        end_source(source);
    }
    detach();
    rest();
    file_.close();
}

void LogPump::attach(int output, int errors) {
    detach();
    stream(Source::Output).attached = output;
    stream(Source::Errors).attached = errors;
    if (sys::set_nonblocking(output) < 0 || (errors >= 0 && sys::set_nonblocking(errors) < 0)) detach();
}

void LogPump::detach() {
    for (Stream& each : streams_) {
        sys::close(each.attached);
        each.attached = -1;
    }
}

void LogPump::rest() {
    if (!touched_) return;
    touched_ = false;
    sys::give_back(buffers_.out, sizeof buffers_.out);
    sys::give_back(buffers_.in, sizeof buffers_.in);
    for (std::size_t i = 0; i < 2; ++i) {
        if (streams_[i].pending == 0) sys::give_back(buffers_.pending[i], sizeof buffers_.pending[i]);
    }
}

}  // namespace potd::monitor
