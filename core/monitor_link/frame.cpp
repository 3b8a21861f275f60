#include "core/monitor_link/frame.hpp"

namespace potd::core::monitor_link {

namespace {

constexpr std::size_t length_position = 8;

void write(ByteWriter& out, const LinkIdentity& identity) {
    out.i32(identity.pid);
    out.u64(identity.start_time);
}

void write(ByteWriter& out, const LinkProcesses& processes) {
    write(out, processes.monitor);
    write(out, processes.init);
    write(out, processes.main);
}

void write(ByteWriter& out, const Failure& failure) {
    out.u16(static_cast<std::uint16_t>(failure.stage));
    out.i32(failure.error_number);
    out.text({failure.text.data(),
              failure.text.size() < max_failure_text ? failure.text.size() : max_failure_text});
}

void write(ByteWriter& out, const ExitFacts& facts) {
    out.u32(facts.run);
    out.i64(facts.started_at_ms);
    out.i64(facts.ended_at_ms);
    out.u8(facts.has_main_status ? 1 : 0);
    out.i32(facts.main_status);
    out.i32(facts.init_status);
    out.i64(facts.oom_kills);
    out.i64(facts.peak_memory);
    out.u8(facts.kill_requested ? 1 : 0);
    out.i32(facts.signal_requested);
    out.u64(facts.lost_log_bytes);
}

void read(ByteReader& in, LinkIdentity& identity) {
    identity.pid = in.i32();
    identity.start_time = in.u64();
}

void read(ByteReader& in, LinkProcesses& processes) {
    read(in, processes.monitor);
    read(in, processes.init);
    read(in, processes.main);
}

void read(ByteReader& in, Failure& failure) {
    failure.stage = static_cast<Stage>(in.u16());
    failure.error_number = in.i32();
    failure.text = in.text();
}

void read(ByteReader& in, ExitFacts& facts) {
    facts.run = in.u32();
    facts.started_at_ms = in.i64();
    facts.ended_at_ms = in.i64();
    facts.has_main_status = in.u8() != 0;
    facts.main_status = in.i32();
    facts.init_status = in.i32();
    facts.oom_kills = in.i64();
    facts.peak_memory = in.i64();
    facts.kill_requested = in.u8() != 0;
    facts.signal_requested = in.i32();
    facts.lost_log_bytes = in.u64();
}

}  // namespace

bool parse_frame(std::span<const std::byte> message, FrameView& frame) {
    ByteReader in(message);
    const std::uint32_t magic = in.u32();
    frame.version = in.u16();
    frame.type = static_cast<FrameType>(in.u16());
    const std::uint32_t length = in.u32();
    if (!in.ok() || magic != frame_magic || length != message.size() - frame_header_size) return false;
    frame.payload = message.subspan(frame_header_size);
    return true;
}

void write_header(ByteWriter& out, FrameType type) {
    out.u32(frame_magic);
    out.u16(protocol_version);
    out.u16(static_cast<std::uint16_t>(type));
    out.u32(0);
}

std::size_t finish_frame(ByteWriter& out) {
    if (!out.ok() || out.size() > max_frame_size) return 0;
    out.patch_u32(length_position, static_cast<std::uint32_t>(out.size() - frame_header_size));
    return out.size();
}

void write_payload(ByteWriter& out, const Signal& frame) {
    out.i32(frame.number);
    out.u8(static_cast<std::uint8_t>(frame.scope));
}

void write_payload(ByteWriter&, const Kill&) {}

void write_payload(ByteWriter& out, const Exec& frame) {
    out.u32(frame.id);
    out.u8(frame.terminal ? 1 : 0);
    out.u16(frame.rows);
    out.u16(frame.columns);
    out.text(frame.user);
    out.text(frame.workdir);
    out.list(frame.argv);
    out.list(frame.env);
}

void write_payload(ByteWriter& out, const ExecSignal& frame) {
    out.u32(frame.id);
    out.i32(frame.number);
}

void write_payload(ByteWriter& out, const Resize& frame) {
    out.u16(frame.rows);
    out.u16(frame.columns);
}

void write_payload(ByteWriter& out, const Attach& frame) {
    out.u8(frame.wait ? 1 : 0);
}

void write_payload(ByteWriter& out, const AttachMode& frame) {
    out.u8(frame.wait ? 1 : 0);
}

void write_payload(ByteWriter&, const CloseInput&) {}

void write_payload(ByteWriter& out, const Taken& frame) {
    out.u32(frame.run);
}

void write_payload(ByteWriter& out, const Hello& frame) {
    out.u32(frame.run);
    out.u8(static_cast<std::uint8_t>(frame.state));
    write(out, frame.processes);
    out.i64(frame.started_at_ms);
    write(out, frame.exit);
    write(out, frame.failure);
    out.i64(frame.oom_kills);
}

void write_payload(ByteWriter& out, const Started& frame) {
    write(out, frame.processes);
    out.i64(frame.at_ms);
}

void write_payload(ByteWriter& out, const Failed& frame) {
    out.u32(frame.run);
    out.i64(frame.at_ms);
    write(out, frame.failure);
}

void write_payload(ByteWriter& out, const ExecStarted& frame) {
    out.u32(frame.id);
    write(out, frame.process);
}

void write_payload(ByteWriter& out, const ExecFailed& frame) {
    out.u32(frame.id);
    write(out, frame.failure);
}

void write_payload(ByteWriter& out, const ExecExited& frame) {
    out.u32(frame.id);
    out.i32(frame.status);
}

void write_payload(ByteWriter& out, const Exited& frame) {
    write(out, frame.facts);
}

void write_payload(ByteWriter& out, const Attached& frame) {
    out.u8(frame.has_input ? 1 : 0);
    out.u8(frame.terminal ? 1 : 0);
}

void write_payload(ByteWriter& out, const Tail& frame) {
    out.u8(frame.output ? 1 : 0);
    out.u8(frame.errors ? 1 : 0);
}

void write_payload(ByteWriter& out, const Oom& frame) {
    out.i64(frame.kills);
}

bool read_payload(ByteReader& in, Signal& frame) {
    frame.number = in.i32();
    const std::uint8_t scope = in.u8();
    frame.scope = static_cast<SignalScope>(scope);
    return in.ok() && scope <= 1 && frame.number > 0 && frame.number <= 64;
}

bool read_payload(ByteReader& in, Kill&) {
    return in.ok();
}

bool read_payload(ByteReader& in, Exec& frame) {
    frame.id = in.u32();
    frame.terminal = in.u8() != 0;
    frame.rows = in.u16();
    frame.columns = in.u16();
    frame.user = in.text();
    frame.workdir = in.text();
    frame.argv = in.list();
    frame.env = in.list();
    return in.ok() && frame.id != 0 && !frame.argv.empty();
}

bool read_payload(ByteReader& in, ExecSignal& frame) {
    frame.id = in.u32();
    frame.number = in.i32();
    return in.ok() && frame.number > 0 && frame.number <= 64;
}

bool read_payload(ByteReader& in, Resize& frame) {
    frame.rows = in.u16();
    frame.columns = in.u16();
    return in.ok();
}

bool read_payload(ByteReader& in, Attach& frame) {
    frame.wait = !in.at_end() && in.u8() != 0;
    return in.ok();
}

bool read_payload(ByteReader& in, AttachMode& frame) {
    frame.wait = in.u8() != 0;
    return in.ok();
}

bool read_payload(ByteReader& in, CloseInput&) {
    return in.ok();
}

bool read_payload(ByteReader& in, Taken& frame) {
    frame.run = in.u32();
    return in.ok();
}

bool read_payload(ByteReader& in, Hello& frame) {
    frame.run = in.u32();
    const std::uint8_t state = in.u8();
    frame.state = static_cast<MonitorState>(state);
    read(in, frame.processes);
    frame.started_at_ms = in.i64();
    read(in, frame.exit);
    read(in, frame.failure);
    frame.oom_kills = in.at_end() ? 0 : in.i64();
    return in.ok() && state <= static_cast<std::uint8_t>(MonitorState::Ended);
}

bool read_payload(ByteReader& in, Started& frame) {
    read(in, frame.processes);
    frame.at_ms = in.i64();
    return in.ok();
}

bool read_payload(ByteReader& in, Failed& frame) {
    frame.run = in.u32();
    frame.at_ms = in.i64();
    read(in, frame.failure);
    return in.ok();
}

bool read_payload(ByteReader& in, ExecStarted& frame) {
    frame.id = in.u32();
    read(in, frame.process);
    return in.ok();
}

bool read_payload(ByteReader& in, ExecFailed& frame) {
    frame.id = in.u32();
    read(in, frame.failure);
    return in.ok();
}

bool read_payload(ByteReader& in, ExecExited& frame) {
    frame.id = in.u32();
    frame.status = in.i32();
    return in.ok();
}

bool read_payload(ByteReader& in, Exited& frame) {
    read(in, frame.facts);
    return in.ok();
}

bool read_payload(ByteReader& in, Tail& frame) {
    frame.output = in.u8() != 0;
    frame.errors = in.u8() != 0;
    return in.ok();
}

bool read_payload(ByteReader& in, Oom& frame) {
    frame.kills = in.i64();
    return in.ok();
}

bool read_payload(ByteReader& in, Attached& frame) {
    frame.has_input = in.u8() != 0;
    frame.terminal = in.u8() != 0;
    return in.ok();
}

}  // namespace potd::core::monitor_link
