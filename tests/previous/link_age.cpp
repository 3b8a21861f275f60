// A potmon of protocol version 1: as it was before attachments could be waited for.
#include "daemon/monitor/link_age.hpp"

namespace potd::monitor {
namespace {

namespace link = core::monitor_link;

constexpr std::uint16_t version = 1;
constexpr std::size_t version_position = 4;
static_assert(
    link::protocol_version == version + 1,
    "this potmon is to speak the version before the present one: take out here what that one lacks");

}  // namespace

bool understand(link::FrameView& frame) {
    if (frame.type == link::FrameType::AttachMode) return false;
    // Attach had no payload, and what was in it was passed over.
    if (frame.type == link::FrameType::Attach) frame.payload = {};
    return true;
}

void sign(std::span<std::byte> frame) {
    if (frame.size() < link::frame_header_size) return;
    frame[version_position] = std::byte{version};
    frame[version_position + 1] = std::byte{};
}

}  // namespace potd::monitor
