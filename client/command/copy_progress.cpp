#include "client/command/copy_progress.hpp"

#include "client/output/sink.hpp"
#include "client/text/figures.hpp"

#include <string>

#include <unistd.h>

namespace potd::client {
namespace {

// To the start of the line, which is cleared.
constexpr const char* over_again = "\r\033[K";

}  // namespace

CopyProgress::CopyProgress() : shown_(::isatty(STDERR_FILENO) != 0) {}

CopyProgress::~CopyProgress() {
    if (written_) Sink(STDERR_FILENO).write(over_again);
}

void CopyProgress::add(std::size_t bytes) {
    constexpr std::chrono::milliseconds pace{200};
    bytes_ += static_cast<std::int64_t>(bytes);
    const auto now = std::chrono::steady_clock::now();
    if (!shown_ || now - last_ < pace) return;
    last_ = now;
    written_ = true;
    Sink(STDERR_FILENO).write(over_again + format_bytes(bytes_));
}

}  // namespace potd::client
