#pragma once

#include "core/monitor_link/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

/// What potd and a potmon say to each other: one frame per SOCK_SEQPACKET message, little endian.
///
///     u32 magic  u16 version  u16 type  u32 payload length  payload
///
/// Both ends may be of different age: a frame of unknown type is ignored, a payload longer than
/// known is accepted and its tail ignored. Fields are only ever added at a payload's end (so the
/// shared parts below stay as they are; a new fact becomes a new field of the frames that carry it).
/// The version says what the sender knows, in every frame and so in the first, Hello. potd, which may be
/// the younger one, asks a monitor for nothing that came after its version:
///     1  the frames and fields that are not marked
///     2  Attach::wait, AttachMode, Tail
/// Nothing here allocates: decoding yields views into the message, encoding fills a given buffer.
/// core/monitor_link/frame_codec.hpp has the comfortable side for potd.
namespace potd::core::monitor_link {

inline constexpr std::uint32_t frame_magic = 0x4d544f50;  // "POTM"
inline constexpr std::uint16_t protocol_version = 2;
/// The first version whose attachments may wait for their reader.
inline constexpr std::uint16_t waiting_version = 2;
inline constexpr std::size_t frame_header_size = 12;
inline constexpr std::size_t max_frame_size = std::size_t{128} * 1024;
inline constexpr std::size_t max_frame_fds = 3;
inline constexpr std::size_t max_failure_text = 512;

enum class FrameType : std::uint16_t {
    // potd -> potmon
    Signal = 1,
    Kill = 2,
    Exec = 3,
    ExecSignal = 4,
    Resize = 5,
    Attach = 6,
    Taken = 7,
    CloseInput = 8,
    AttachMode = 9,
    // potmon -> potd
    Hello = 64,
    Started = 65,
    Failed = 66,
    ExecStarted = 67,
    ExecFailed = 68,
    ExecExited = 69,
    Exited = 70,
    Attached = 71,
    Tail = 72,
    Oom = 73,
};

/// One message, checked as far as its header: payload is exactly what the header announced.
struct FrameView {
    std::uint16_t version = 0;
    FrameType type{};  ///< may be a value without a name
    std::span<const std::byte> payload;
};

/// False if the message is cut short, has a foreign magic or a length that does not fit.
[[nodiscard]] bool parse_frame(std::span<const std::byte> message, FrameView& frame);

// ---- parts -------------------------------------------------------------------------------------

/// Host pid and start time as in core/model/ids.hpp; pid 0 = there is none.
struct LinkIdentity {
    std::int32_t pid = 0;
    std::uint64_t start_time = 0;
};

struct LinkProcesses {
    LinkIdentity monitor, init, main;
};

/// What was at work when a launch or an exec failed.
enum class Stage : std::uint16_t {
    Internal = 0,  ///< potmon itself: pipes, fork, memory
    Plan = 1,      ///< the launch plan or exec request cannot be read
    Cgroup = 2,
    Namespace = 3,
    Root = 4,  ///< the root file system
    Mount = 5,
    Network = 6,
    User = 7,  ///< the user or group does not exist in the pot
    Workdir = 8,
    Command = 9,    ///< not found (ENOENT), not executable (EACCES), wrong format (ENOEXEC)
    Security = 10,  ///< capabilities, seccomp, rlimits, keyring
    Terminal = 11,
    Log = 12,
};

/// `text` says the thing and the cause for people ("command nginx: not found in the pot"); at most
/// max_failure_text bytes. error_number is an errno value or 0.
struct Failure {
    Stage stage = Stage::Internal;
    std::int32_t error_number = 0;
    std::string_view text;
};

/// The facts of an end. Why it ended (stopped, killed, oom) potd concludes.
struct ExitFacts {
    std::uint32_t run = 0;
    std::int64_t started_at_ms = 0;  ///< 1970-based
    std::int64_t ended_at_ms = 0;
    bool has_main_status = false;       ///< false: no command, or it was still running when the pot died
    std::int32_t main_status = 0;       ///< as of wait(2)
    std::int32_t init_status = 0;       ///< as of wait(2), of pid 1 of the pot
    std::int64_t oom_kills = -1;        ///< processes of the pot the kernel killed for memory; -1 unknown
    std::int64_t peak_memory = -1;      ///< bytes; -1 unknown
    bool kill_requested = false;        ///< a Kill frame came before the end
    std::int32_t signal_requested = 0;  ///< number of the last Signal frame, 0 = none came
    std::uint64_t lost_log_bytes = 0;   ///< output that found no space
};

// ---- potd -> potmon ----------------------------------------------------------------------------

enum class SignalScope : std::uint8_t {
    Main = 0,  ///< the main command; without a running one see Signal
    All = 1,   ///< every process of the pot except its pid 1
};

/// Main scope in a pot whose command does not run (none, or persistent and ended): HUP, INT, QUIT,
/// TERM and PWR go to all processes and end the pot when the last of them is gone; KILL ends it at
/// once; others do nothing.
struct Signal {
    static constexpr FrameType type = FrameType::Signal;
    std::int32_t number = 0;
    SignalScope scope = SignalScope::Main;
};

/// SIGKILL to everything in the pot, thawed first if it is frozen.
struct Kill {
    static constexpr FrameType type = FrameType::Kill;
};

/// A further command in the pot. Without a terminal three descriptors come along, which become its
/// standard input, output and error; with one, none do, and ExecStarted carries the terminal's master.
/// Answered by ExecStarted or ExecFailed, later ExecExited (also to a potd that connected meanwhile).
struct Exec {
    static constexpr FrameType type = FrameType::Exec;
    std::uint32_t id = 0;  ///< not 0; chosen by potd, unique among this potmon's execs under way
    bool terminal = false;
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
    std::string_view user;     ///< as in the plan; empty = the plan's
    std::string_view workdir;  ///< empty = the plan's
    StringList argv;           ///< at least one
    StringList env;            ///< "NAME=value", put over the plan's environment
};

struct ExecSignal {
    static constexpr FrameType type = FrameType::ExecSignal;
    std::uint32_t id = 0;
    std::int32_t number = 0;
};

/// New window size of the main command's terminal; ignored if it has none. An exec's terminal is
/// resized through its master, which potd holds.
struct Resize {
    static constexpr FrameType type = FrameType::Resize;
    std::uint16_t rows = 24;
    std::uint16_t columns = 80;
};

/// Brings one or two descriptors (pipe or socket, write side): output and, if there are two, standard
/// error. They get a copy of the main command's output from now on, raw bytes, until the end of the
/// output. When one of them is full: without `wait` both are closed (potmon never waits for it); with
/// `wait` potmon stops reading that stream, so the command waits as in a pipeline. A reader that has
/// gone holds nothing up: both are closed.
/// Answered by Attached; one that comes before the start is in force at once and answered after Started.
/// A new Attach replaces an older one.
struct Attach {
    static constexpr FrameType type = FrameType::Attach;
    bool wait = false;  ///< version 2; absent = false
};

struct AttachMode {
    static constexpr FrameType type = FrameType::AttachMode;
    bool wait = false;  ///< of the present attachment from now on; version 2
};

/// potmon lets go of the main command's standard input pipe: with potd's own copy closed too, the
/// command reads the end of file. Later Attach frames get no input.
struct CloseInput {
    static constexpr FrameType type = FrameType::CloseInput;
};

/// The end of `run` is recorded: potmon removes its socket and its record and exits. Ignored unless
/// the run has ended or failed.
struct Taken {
    static constexpr FrameType type = FrameType::Taken;
    std::uint32_t run = 0;
};

// ---- potmon -> potd ----------------------------------------------------------------------------

enum class MonitorState : std::uint8_t {
    Starting = 0,
    Running = 1,
    Failed = 2,  ///< never ran; `failure` tells
    Ended = 3,   ///< `exit` tells
};

/// First frame on every connection.
struct Hello {
    static constexpr FrameType type = FrameType::Hello;
    std::uint32_t run = 0;
    MonitorState state = MonitorState::Starting;
    LinkProcesses processes;         ///< as far as known
    std::int64_t started_at_ms = 0;  ///< 0 while starting
    ExitFacts exit;                  ///< if Ended
    Failure failure;                 ///< if Failed
    std::int64_t oom_kills = 0;      ///< as of Oom; absent = 0
};

/// The command runs (its exec succeeded); without a command: init is ready.
struct Started {
    static constexpr FrameType type = FrameType::Started;
    LinkProcesses processes;
    std::int64_t at_ms = 0;
};

/// It never ran; every process is gone. Also the content of the exit record file of such a run.
struct Failed {
    static constexpr FrameType type = FrameType::Failed;
    std::uint32_t run = 0;
    std::int64_t at_ms = 0;
    Failure failure;
};

/// Comes with the terminal's master if the exec asked for one.
struct ExecStarted {
    static constexpr FrameType type = FrameType::ExecStarted;
    std::uint32_t id = 0;
    LinkIdentity process;
};

struct ExecFailed {
    static constexpr FrameType type = FrameType::ExecFailed;
    std::uint32_t id = 0;
    Failure failure;
};

struct ExecExited {
    static constexpr FrameType type = FrameType::ExecExited;
    std::uint32_t id = 0;
    std::int32_t status = 0;  ///< as of wait(2)
};

/// It ran and ended, every process of it is gone, its output is in the log. Also the content of
/// the exit record file.
struct Exited {
    static constexpr FrameType type = FrameType::Exited;
    ExitFacts facts;
};

/// Before Exited or Failed, if a reader that is waited for (Attach::wait) had not taken everything when
/// the run ended: what follows the bytes in the attachment's pipe. Comes with a descriptor for each of
/// the two that is true, in this order: a file to be read from its beginning. Version 2.
struct Tail {
    static constexpr FrameType type = FrameType::Tail;
    bool output = false;
    bool errors = false;
};

/// The kernel has killed processes of the pot for memory; what the plan wants done to the rest is done.
struct Oom {
    static constexpr FrameType type = FrameType::Oom;
    std::int64_t kills = 0;  ///< since its start
};

/// Answer to Attach. Comes with one descriptor, the main command's standard input (a pipe's write
/// side, or the terminal's master), if it is open for writing.
struct Attached {
    static constexpr FrameType type = FrameType::Attached;
    bool has_input = false;
    bool terminal = false;
};

// ---- codec -------------------------------------------------------------------------------------
// write_payload/read_payload exist for every frame struct above. Views stay valid as long as the
// message they came from. A read returns false if the payload is cut short or a value is impossible.

void write_payload(ByteWriter& out, const Signal& frame);
void write_payload(ByteWriter& out, const Kill& frame);
void write_payload(ByteWriter& out, const Exec& frame);
void write_payload(ByteWriter& out, const ExecSignal& frame);
void write_payload(ByteWriter& out, const Resize& frame);
void write_payload(ByteWriter& out, const Attach& frame);
void write_payload(ByteWriter& out, const Taken& frame);
void write_payload(ByteWriter& out, const CloseInput& frame);
void write_payload(ByteWriter& out, const AttachMode& frame);
void write_payload(ByteWriter& out, const Hello& frame);
void write_payload(ByteWriter& out, const Started& frame);
void write_payload(ByteWriter& out, const Failed& frame);
void write_payload(ByteWriter& out, const ExecStarted& frame);
void write_payload(ByteWriter& out, const ExecFailed& frame);
void write_payload(ByteWriter& out, const ExecExited& frame);
void write_payload(ByteWriter& out, const Exited& frame);
void write_payload(ByteWriter& out, const Attached& frame);
void write_payload(ByteWriter& out, const Tail& frame);
void write_payload(ByteWriter& out, const Oom& frame);

[[nodiscard]] bool read_payload(ByteReader& in, Signal& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Kill& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Exec& frame);
[[nodiscard]] bool read_payload(ByteReader& in, ExecSignal& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Resize& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Attach& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Taken& frame);
[[nodiscard]] bool read_payload(ByteReader& in, CloseInput& frame);
[[nodiscard]] bool read_payload(ByteReader& in, AttachMode& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Hello& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Started& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Failed& frame);
[[nodiscard]] bool read_payload(ByteReader& in, ExecStarted& frame);
[[nodiscard]] bool read_payload(ByteReader& in, ExecFailed& frame);
[[nodiscard]] bool read_payload(ByteReader& in, ExecExited& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Exited& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Attached& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Tail& frame);
[[nodiscard]] bool read_payload(ByteReader& in, Oom& frame);

void write_header(ByteWriter& out, FrameType type);
/// Puts the payload length into the header once it is known; the frame's size, 0 if it did not fit.
[[nodiscard]] std::size_t finish_frame(ByteWriter& out);

/// Whole frame into `out`; its size, or 0 if it does not fit.
template <class Frame>
[[nodiscard]] std::size_t encode_frame(std::span<std::byte> out, const Frame& frame) {
    ByteWriter writer(out);
    write_header(writer, Frame::type);
    write_payload(writer, frame);
    return finish_frame(writer);
}

/// The payload of a parsed frame as `Frame`; false if the type differs or the payload is not whole.
template <class Frame>
[[nodiscard]] bool decode_payload(const FrameView& view, Frame& frame) {
    if (view.type != Frame::type) return false;
    ByteReader reader(view.payload);
    return read_payload(reader, frame);
}

}  // namespace potd::core::monitor_link
