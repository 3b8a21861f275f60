#include "client/command/log_lines.hpp"

#include "client/text/width.hpp"

#include <unistd.h>

namespace potd::client {

bool LogLines::is_terminal(const Sink& sink) {
    return ::isatty(sink.fd()) != 0;
}

void LogLines::write(const Value& line) {
    const bool is_error = line["stream"].text() == "stderr";
    bool& goes_on = is_error ? err_goes_on_ : out_goes_on_;
    std::string text;
    if (timestamps_ && !goes_on) text = line["time"].text() + ' ';
    const std::string& written = line["text"].text();
    text += (is_error ? err_is_terminal_ : out_is_terminal_) ? harmless_line(written) : written;
    goes_on = line["partial"].flag();
    if (!goes_on) text += '\n';
    (is_error ? err_ : out_).write(text);
}

}  // namespace potd::client
