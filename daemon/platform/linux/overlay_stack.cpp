#include "daemon/platform/linux/overlay_stack.hpp"

#include "daemon/platform/posix/safe_path.hpp"
#include "daemon/platform/posix/tree_attributes.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <sstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace potd::platform {
namespace {

constexpr char between = ':';

bool is_in(int pot, const char* name) {
    return ::faccessat(pot, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

core::Status take_name(int pot, const char* from, const char* to) {
    if (::renameat(pot, from, pot, to) == 0 || errno == ENOENT) return {};
    return core::os_error(errno, to);
}

core::Status remove_if_there(int pot, const char* name, int flags) {
    if (::unlinkat(pot, name, flags) == 0 || errno == ENOENT) return {};
    return core::os_error(errno, name);
}

/// The pot's "/" is its upper layer's top: a new one looks as the one it follows.
core::Status make_upper(int pot, int like) {
    struct stat about {};
    if (::fstat(like, &about) != 0) return core::os_error(errno, "upper");
    if (auto made = make_directory(pot, "upper.next", S_IRWXU); !made) return made;
    auto upper = open_child_directory(pot, "upper.next");
    if (!upper) return std::move(upper).error();
    if (auto named = copy_attributes(like, upper->get()); !named) return named;
    return apply_owner_and_mode(upper->get(), about);
}

core::Error no_layer(const std::string& stack, const std::string& word) {
    return core::error(core::ErrorKind::Internal, stack + ": '" + word + "' is no layer");
}

}  // namespace

core::Result<OverlayStack> read_stack(int directory, const std::string& name) {
    std::array<char, PATH_MAX> text{};
    const ssize_t length = ::readlinkat(directory, name.c_str(), text.data(), text.size());
    if (length < 0 && errno == ENOENT) return OverlayStack{};
    if (length < 0) return core::os_error(errno, name);
    OverlayStack stack;
    std::istringstream words(std::string(text.data(), static_cast<std::size_t>(length)));
    for (std::string layer; std::getline(words, layer, between);) {
        if (layer.empty() || layer.find_first_not_of("0123456789") != std::string::npos)
            return no_layer(name, layer);
        stack.push_back(layer);
    }
    return stack;
}

core::Status write_stack(int directory, const std::string& name, const OverlayStack& stack) {
    std::string text;
    for (const std::string& layer : stack) {
        if (!text.empty()) text += between;
        text += layer;
    }
    if (::symlinkat(text.c_str(), directory, name.c_str()) == 0) return {};
    return core::os_error(errno, name);
}

core::Status prepare_stack(int pot, int like, const OverlayStack& next) {
    if (auto made = make_upper(pot, like); !made) return made;
    return write_stack(pot, "lower.next", next);
}

core::Status settle_stack(int pot) {
    if (!is_in(pot, "upper.next") && !is_in(pot, "lower.next")) return {};
    if (is_in(pot, "upper") && is_in(pot, "upper.next")) {
        auto link = remove_if_there(pot, "lower.next", 0);
        auto upper = remove_if_there(pot, "upper.next", AT_REMOVEDIR);
        return link ? upper : link;
    }
    auto upper = take_name(pot, "upper.next", "upper");
    return upper ? take_name(pot, "lower.next", "lower") : upper;
}

core::Status add_layers_of(int pot, std::set<std::string>& used) {
    for (const char* name : {"lower", "lower.next"}) {
        auto stack = read_stack(pot, name);
        if (!stack) return std::move(stack).error();
        used.insert(stack->begin(), stack->end());
    }
    return {};
}

}  // namespace potd::platform
