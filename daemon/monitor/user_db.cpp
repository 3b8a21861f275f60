#include "daemon/monitor/user_db.hpp"

#include "daemon/monitor/sys.hpp"

#include <cstring>
#include <optional>

namespace potd::monitor {

namespace {

/// Lines of a file, one buffer at a time. A line that does not fit the buffer is skipped.
class LineReader {
  public:
    explicit LineReader(int fd) : fd_(fd) {}

    /// Valid until the next call.
    std::optional<std::string_view> next() {
        while (take()) {
            if (!skip_) return line_;
            skip_ = false;
        }
        return std::nullopt;
    }

  private:
    /// Moves on by one line (or the tail of a long one); false at the end.
    bool take() {
        for (;;) {
            const void* newline = find(start_);
            if (newline != nullptr) {
                const auto at = static_cast<std::size_t>(static_cast<const char*>(newline) - buffer_);
                line_ = {buffer_ + start_, at - start_};
                start_ = at + 1;
                return true;
            }
            if (ended_) return take_last();
            fill();
        }
    }
    const char* find(std::size_t from) const {
        for (std::size_t i = from; i < end_; ++i) {
            if (buffer_[i] == '\n') return buffer_ + i;
        }
        return nullptr;
    }
    bool take_last() {
        line_ = {buffer_ + start_, end_ - start_};
        start_ = end_;
        return !line_.empty();
    }
    void fill() {
        if (start_ != 0) std::memmove(buffer_, buffer_ + start_, end_ - start_);
        end_ -= start_;
        start_ = 0;
        if (end_ == sizeof buffer_) {
            skip_ = true;
            end_ = 0;
        }
        const long size = fd_ < 0 ? 0 : sys::read(fd_, buffer_ + end_, sizeof buffer_ - end_);
        if (size <= 0) {
            ended_ = true;
        } else {
            end_ += static_cast<std::size_t>(size);
        }
    }

    int fd_;
    std::size_t start_ = 0, end_ = 0;
    bool skip_ = false, ended_ = false;
    std::string_view line_;
    char buffer_[4096];
};

std::string_view cut(std::string_view& rest, char separator) {
    std::size_t size = 0;
    while (size < rest.size() && rest[size] != separator) ++size;
    const std::string_view part(rest.data(), size);
    rest = tail(rest, size + 1);
    return part;
}

/// All ones mean "unchanged" to the kernel, that is root.
std::optional<std::uint32_t> parse_id(std::string_view text) {
    const auto id = parse_number(text);
    return id == ~std::uint32_t{0} ? std::nullopt : id;
}

struct PasswdEntry {
    std::string_view name, home;
    std::uint32_t uid = 0, gid = 0;
};

/// name:password:uid:gid:comment:home:shell
bool parse_passwd(std::string_view line, PasswdEntry& entry) {
    entry.name = cut(line, ':');
    (void)cut(line, ':');
    const auto uid = parse_id(cut(line, ':'));
    const auto gid = parse_id(cut(line, ':'));
    (void)cut(line, ':');
    entry.home = cut(line, ':');
    if (entry.name.empty() || !uid || !gid) return false;
    entry.uid = *uid;
    entry.gid = *gid;
    return true;
}

struct GroupEntry {
    std::string_view name, members;
    std::uint32_t gid = 0;
};

/// name:password:gid:member,member
bool parse_group(std::string_view line, GroupEntry& entry) {
    entry.name = cut(line, ':');
    (void)cut(line, ':');
    const auto gid = parse_id(cut(line, ':'));
    entry.members = line;
    if (entry.name.empty() || !gid) return false;
    entry.gid = *gid;
    return true;
}

using UserName = FixedText<256>;

/// Finds by name or, if that is a number, by number; keeps the entry's name for the groups.
bool find_user(std::string_view user, int passwd, Credentials& who, UserName& name) {
    const auto number = user.empty() ? std::optional<std::uint32_t>(0) : parse_id(user);
    LineReader lines(passwd);
    while (const auto line = lines.next()) {
        PasswdEntry entry;
        if (!parse_passwd(*line, entry)) continue;
        if (number ? entry.uid != *number : entry.name != user) continue;
        who.uid = entry.uid;
        who.gid = entry.gid;
        who.home.add(entry.home);
        name.add(entry.name);
        return true;
    }
    if (number) who.uid = *number;
    return number.has_value();
}

bool find_group(std::string_view group, int file, std::uint32_t& gid) {
    if (const auto number = parse_id(group)) {
        gid = *number;
        return true;
    }
    LineReader lines(file);
    while (const auto line = lines.next()) {
        GroupEntry entry;
        if (!parse_group(*line, entry) || entry.name != group) continue;
        gid = entry.gid;
        return true;
    }
    return false;
}

bool lists(std::string_view members, std::string_view name) {
    while (!members.empty()) {
        if (cut(members, ',') == name) return true;
    }
    return false;
}

void collect_groups(std::string_view name, int file, Credentials& who) {
    LineReader lines(file);
    while (const auto line = lines.next()) {
        GroupEntry entry;
        if (who.group_count == Credentials::max_groups) return;
        if (!parse_group(*line, entry) || entry.gid == who.gid || !lists(entry.members, name)) continue;
        who.groups[who.group_count++] = entry.gid;
    }
}

bool has_colon(std::string_view text) {
    return text.find(':') != text.npos;
}

}  // namespace

UserError resolve_user(std::string_view user, const UserFiles& files, Credentials& who) {
    const bool with_group = !user.empty() && has_colon(user);
    std::string_view group = user;
    const std::string_view user_part = cut(group, ':');
    UserName name;
    if (!find_user(user_part, files.passwd, who, name)) return UserError::NoSuchUser;
    if (with_group) {
        return find_group(group, files.group, who.gid) ? UserError::None : UserError::NoSuchGroup;
    }
    // A user given by number, or root by default, brings its primary group alone.
    if (!user.empty() && !parse_id(user) && files.group >= 0) collect_groups(name.view(), files.group, who);
    return UserError::None;
}

}  // namespace potd::monitor
