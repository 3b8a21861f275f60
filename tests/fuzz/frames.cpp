// What a potmon says, or whoever has got hold of its socket; and the record that it leaves of a run's end.

#include "core/monitor_link/frame.hpp"
#include "core/monitor_link/frame_codec.hpp"
#include "tests/fuzz/target.hpp"

#include <span>
#include <vector>

namespace potd::fuzz {
namespace {

namespace link = core::monitor_link;

/// Whatever is taken out of a payload can be said again.
template <class... Frames>
void read_as(const link::FrameView& view) {
    const auto read = [&view]<class Frame>(Frame frame) {
        if (!link::decode_payload(view, frame)) return;
        std::vector<std::byte> again(2 * link::max_frame_size);
        const std::size_t size = link::encode_frame(again, frame);
        if (size == 0) return;
        link::FrameView second;
        require(link::parse_frame(std::span(again).first(size), second), "a frame is a frame again");
        Frame same;
        require(link::decode_payload(second, same), "a payload is a payload again");
    };
    (read(Frames{}), ...);
}

}  // namespace

void read_frame(std::string_view input) {
    (void)link::decode_record(input);
    link::FrameView view;
    if (!link::parse_frame(std::as_bytes(std::span(input)), view)) return;
    read_as<link::Signal, link::Kill, link::Exec, link::ExecSignal, link::Resize, link::Attach, link::Taken,
            link::CloseInput, link::AttachMode, link::Hello, link::Started, link::Failed, link::ExecStarted,
            link::ExecFailed, link::ExecExited, link::Exited, link::Attached, link::Tail, link::Oom>(view);
}

}  // namespace potd::fuzz
