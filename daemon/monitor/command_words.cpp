#include "daemon/monitor/command_words.hpp"

#include "daemon/monitor/sys.hpp"

#include <cerrno>

namespace potd::monitor {

namespace {

bool names(std::string_view assignment, std::string_view name) {
    return assignment.size() > name.size() && assignment[name.size()] == '=' &&
           std::string_view(assignment.data(), name.size()) == name;
}

bool report(Fault& fault, std::string_view command, long result) {
    if (result == -ENOENT || result == -ENOTDIR) {
        fail(fault, Stage::Command, 0, "command", command);
        fault.text.add(": not found in the pot");
        fault.error_number = ENOENT;
        return false;
    }
    fail(fault, Stage::Command, result, "command", command);
    return false;
}

/// A regular file or nothing: the pot may have put a pipe or a device there, or a link to a file of /proc
/// that this process may read and the pot may not: /proc/kmsg, of which nothing is left for the host then.
int open_database(int own_files, const char* path) {
    const int fd = sys::open_file(own_files, path);
    if (fd < 0 || !sys::shows_the_kernel(fd)) return fd;
    sys::close(fd);
    return -1;
}

}  // namespace

bool Strings::add(std::string_view text) {
    if (count_ + 1 >= room_.size()) return false;
    room_[count_++] = text.data();
    room_[count_] = nullptr;
    return true;
}

bool Strings::add_all(const core::monitor_link::StringList& list) {
    for (const std::string_view text : list) {
        if (!add(text)) return false;
    }
    return true;
}

bool Strings::add_variable(std::string_view assignment) {
    std::size_t size = 0;
    while (size < assignment.size() && assignment[size] != '=') ++size;
    if (size == assignment.size()) return true;
    return value_of({assignment.data(), size}).data() != nullptr || add(assignment);
}

bool Strings::add_variables(const core::monitor_link::StringList& list) {
    for (const std::string_view assignment : list) {
        if (!add_variable(assignment)) return false;
    }
    return true;
}

std::string_view Strings::value_of(std::string_view name) const {
    for (std::size_t i = 0; i < count_; ++i) {
        const std::string_view assignment = room_[i];
        if (names(assignment, name))
            return {assignment.data() + name.size() + 1, assignment.size() - name.size() - 1};
    }
    return {};
}

bool next_candidate(std::string_view command, std::string_view& path, bool& first,
                    FixedText<4096>& candidate) {
    const bool has_slash = command.find('/') != command.npos;
    if (has_slash || command.empty()) {
        candidate.clear();
        candidate.add(command);
        const bool one = first && !command.empty();
        first = false;
        return one;
    }
    if (path.empty() && !first) return false;
    first = false;
    std::size_t size = 0;
    while (size < path.size() && path[size] != ':') ++size;
    candidate.clear();
    candidate.add(size == 0 ? std::string_view(".") : std::string_view(path.data(), size));
    candidate.add("/").add(command);
    path = tail(path, size + 1);
    return true;
}

bool find_user(std::string_view user, int own_files, Credentials& who, Fault& fault) {
    UserFiles files;
    files.passwd = open_database(own_files, "/etc/passwd");
    if (!user.empty()) files.group = open_database(own_files, "/etc/group");
    const UserError error = resolve_user(user, files, who);
    sys::close(files.passwd);
    sys::close(files.group);
    if (error == UserError::None) return true;
    fail(fault, Stage::User, 0, error == UserError::NoSuchUser ? "user" : "group of", user);
    fault.text.add(": not known in the pot");
    fault.error_number = ENOENT;
    return false;
}

bool join_words(const WordLists& lists, const Credentials& who, HomeVariable& home, Strings& argv,
                Strings& env) {
    home.add("HOME=").add(who.home.empty() ? std::string_view("/") : who.home.view());
    return argv.add_all(lists.argv) && env.add_variables(lists.env) && env.add_variables(lists.plan_env) &&
           env.add_variable(home.view());
}

bool execute(const Strings& argv, const Strings& env, Fault& fault) {
    const std::string_view command = argv.front();
    std::string_view path = env.value_of("PATH");
    if (path.data() == nullptr) path = default_path;
    FixedText<4096> candidate;
    bool first = true;
    long reason = -ENOENT;
    while (next_candidate(command, path, first, candidate)) {
        const long result = sys::execute(candidate.c_str(), argv.data(), env.data());
        if (result == -ENOENT && sys::exists(candidate.c_str())) {
            fail(fault, Stage::Command, 0, "command", candidate.view());
            fault.text.add(": its interpreter is not in the pot");
            fault.error_number = ENOENT;
            return false;
        }
        if (result != -ENOENT && result != -ENOTDIR) reason = result;
        if (reason != -ENOENT && reason != -EACCES) break;
    }
    return report(fault, command, reason);
}

}  // namespace potd::monitor
