#include "daemon/platform/posix/command_text.hpp"

#include <algorithm>

namespace potd::platform {

std::string command_text(std::string_view arguments, std::string_view name) {
    std::string command(arguments.substr(0, longest_command));
    if (command.size() < arguments.size()) {
        // Not within a character of several bytes.
        while (!command.empty() && (static_cast<unsigned char>(command.back()) & 0xC0U) == 0x80U)
            command.pop_back();
        if (!command.empty() && static_cast<unsigned char>(command.back()) >= 0xC0U) command.pop_back();
        command += "…";
    }
    while (!command.empty() && command.back() == '\0') command.pop_back();
    std::replace(command.begin(), command.end(), '\0', ' ');
    return command.empty() ? "[" + std::string(name) + "]" : command;
}

void CommandRoom::take(core::ProcessRow& row) {
    if (row.command.size() > left_) row.command = "[" + row.name + "]";
    left_ -= std::min(left_, row.command.size());
}

}  // namespace potd::platform
