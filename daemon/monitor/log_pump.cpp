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
    if (!give_held(source)) {
        if (wait_) return false;
        detach();
    }
    const long size = sys::read(from.fd, buffers_.in + max_line_text, read_size);
    if (size == -EINTR) return true;
    if (size == -EAGAIN) return false;
    if (size <= 0) {  // a terminal ends with EIO
        end_source(source);
        return false;
    }
    touched_ = true;
    carried_ += static_cast<std::uint64_t>(size);
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

LogPump::Wanted LogPump::wanted(Source source) const {
    const Stream& from = stream(source);
    if (from.fd >= 0 && from.held != 0 && wait_) return {from.attached, true};
    return {from.fd, false};
}

void LogPump::copy_to_client(Source source, std::string_view bytes) {
    if (stream(source).tail >= 0) return add_to_tail(source, bytes);
    const std::size_t given = give(source, bytes);
    if (given == bytes.size()) return;
    if (!wait_) return detach();
    hold(source, tail(bytes, given));
}

/// How much of it the attachment took; all, when it is gone.
std::size_t LogPump::give(Source source, std::string_view bytes) {
    std::size_t given = 0;
    while (given < bytes.size()) {
        const long size = sys::write(stream(source).attached, bytes.data() + given, bytes.size() - given);
        if (size == -EINTR) continue;
        if (size == -EAGAIN) break;
        if (size < 0) {
            detach();
            return bytes.size();
        }
        given += static_cast<std::size_t>(size);
    }
    return given;
}

void LogPump::hold(Source source, std::string_view bytes) {
    if (finishing_) return add_to_tail(source, bytes);
    Stream& from = stream(source);
    std::memcpy(buffers_.held[static_cast<std::size_t>(source)], bytes.data(), bytes.size());
    from.held_from = 0;
    from.held = bytes.size();
}

std::string_view LogPump::held(Source source) const {
    const Stream& from = stream(source);
    return {buffers_.held[static_cast<std::size_t>(source)] + from.held_from, from.held};
}

/// True when nothing is held back any more.
bool LogPump::give_held(Source source) {
    Stream& from = stream(source);
    if (from.held == 0) return true;
    touched_ = true;
    const std::size_t given = give(source, held(source));
    if (from.held == 0) return true;  // the reader is gone, and what was kept for it
    from.held_from += given;
    from.held -= given;
    return from.held == 0;
}

void LogPump::add_to_tail(Source source, std::string_view bytes) {
    Stream& from = stream(source);
    if (from.tail < 0) from.tail = sys::memory_file();
    if (from.tail < 0 || from.tail_size + bytes.size() > max_tail) return;
    while (!bytes.empty()) {
        const long size = sys::write(from.tail, bytes.data(), bytes.size());
        if (size == -EINTR) continue;
        if (size <= 0) return;  // no memory: the log has it
        from.tail_size += static_cast<std::size_t>(size);
        bytes = tail(bytes, static_cast<std::size_t>(size));
    }
}

void LogPump::close_tails() {
    for (Stream& each : streams_) {
        sys::close(each.tail);
        each.tail = -1;
    }
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
    finishing_ = true;
    for (const Source source : {Source::Output, Source::Errors}) {
        if (stream(source).held != 0 && !give_held(source)) {
            add_to_tail(source, held(source));
            stream(source).held = 0;
        }
        const std::uint64_t limit = carried_ + max_tail;
        while (carried_ < limit && stream(source).fd >= 0 && pump(source)) {
        }
        end_source(source);
    }
    detach();
    rest();
    file_.close();
}

void LogPump::attach(int output, int errors, bool wait) {
    detach();
    wait_ = wait;
    stream(Source::Output).attached = output;
    stream(Source::Errors).attached = errors;
    if (sys::set_nonblocking(output) < 0 || (errors >= 0 && sys::set_nonblocking(errors) < 0)) detach();
}

void LogPump::detach() {
    for (Stream& each : streams_) {
        sys::close(each.attached);
        each.attached = -1;
        each.held = 0;
    }
}

void LogPump::rest() {
    if (!touched_) return;
    touched_ = false;
    sys::give_back(buffers_.out, sizeof buffers_.out);
    sys::give_back(buffers_.in, sizeof buffers_.in);
    for (std::size_t i = 0; i < 2; ++i) {
        if (streams_[i].pending == 0) sys::give_back(buffers_.pending[i], sizeof buffers_.pending[i]);
        if (streams_[i].held == 0) sys::give_back(buffers_.held[i], sizeof buffers_.held[i]);
    }
}

}  // namespace potd::monitor
