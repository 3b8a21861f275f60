#include "daemon/platform/posix/command_text.hpp"

#include "core/base/shortened.hpp"

#include <algorithm>

namespace potd::platform {

std::string command_text(std::string_view arguments, std::string_view name) {
    std::string command = core::shortened(arguments, longest_command);
    while (!command.empty() && command.back() == '\0') command.pop_back();
    std::replace(command.begin(), command.end(), '\0', ' ');
    return command.empty() ? "[" + std::string(name) + "]" : command;
}

void CommandRoom::take(core::ProcessRow& row) {
    if (row.command.size() > left_) row.command = "[" + row.name + "]";
    left_ -= std::min(left_, row.command.size());
}

}  // namespace potd::platform
