#include "client/command/log_lines.hpp"

namespace potd::client {

void LogLines::write(const Value& line) {
    const bool is_error = line["stream"].text() == "stderr";
    bool& goes_on = is_error ? err_goes_on_ : out_goes_on_;
    std::string text;
    if (timestamps_ && !goes_on) text = line["time"].text() + ' ';
    text += line["text"].text();
    goes_on = line["partial"].flag();
    if (!goes_on) text += '\n';
    (is_error ? err_ : out_).write(text);
}

}  // namespace potd::client
