#include "core/monitor_link/frame_codec.hpp"

#include <algorithm>

namespace potd::core::monitor_link {

namespace {

bool has_nul(const std::string& text) {
    return text.find('\0') != std::string::npos;
}

bool any_nul(const std::vector<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), has_nul);
}

std::size_t list_size(const std::vector<std::string>& texts) {
    std::size_t size = 0;
    for (const auto& text : texts) size += text.size() + 5;
    return size;
}

std::vector<std::byte> list_bytes(const std::vector<std::string>& texts) {
    std::vector<std::byte> bytes(list_size(texts));
    ByteWriter out(bytes);
    for (const auto& text : texts) out.text(text);
    return bytes;
}

ProcessIdentity to_identity(const LinkIdentity& link) {
    return {link.pid, link.start_time};
}

}  // namespace

Result<std::vector<std::byte>> frame_error_too_large() {
    return error(ErrorKind::TooLarge,
                 "a message to the monitor is larger than " + std::to_string(max_frame_size) + " bytes");
}

Result<std::vector<std::byte>> encode_exec(const ExecOrder& order) {
    if (order.argv.empty()) return invalid_field("command", "", "at least one word");
    if (any_nul(order.argv) || any_nul(order.env) || has_nul(order.user) || has_nul(order.workdir)) {
        return error(ErrorKind::InvalidArgument, "exec: a text holds a NUL byte");
    }
    const auto argv = list_bytes(order.argv);
    const auto env = list_bytes(order.env);
    Exec frame;
    frame.id = order.id;
    frame.terminal = order.terminal;
    frame.rows = order.rows;
    frame.columns = order.columns;
    frame.user = order.user;
    frame.workdir = order.workdir;
    frame.argv = StringList(argv, static_cast<std::uint32_t>(order.argv.size()));
    frame.env = StringList(env, static_cast<std::uint32_t>(order.env.size()));
    return encode(frame);
}

Result<StoredEnd> decode_record(std::string_view content) {
    FrameView view;
    StoredEnd end;
    if (parse_frame(std::as_bytes(std::span(content)), view)) {
        Exited exited;
        if (decode_payload(view, exited)) {
            end.facts = exited.facts;
            end.run = exited.facts.run;
            return end;
        }
        Failed failed;
        if (decode_payload(view, failed)) {
            end.failed = true;
            end.failure_text = failed.failure.text;
            end.failure = {failed.failure.stage, failed.failure.error_number, {}};
            end.failed_at_ms = failed.at_ms;
            end.run = failed.run;
            return end;
        }
    }
    return error(ErrorKind::InvalidArgument, "not a whole exit record");
}

RunProcesses to_processes(const LinkProcesses& link) {
    return {to_identity(link.monitor), to_identity(link.init), to_identity(link.main)};
}

}  // namespace potd::core::monitor_link
