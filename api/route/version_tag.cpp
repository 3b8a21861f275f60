#include "api/route/version_tag.hpp"

#include <charconv>
#include <system_error>

namespace potd::api {

/// If-Match: "4", also weak; nullopt for an absent header and for "*".
core::Result<std::optional<std::uint64_t>> wanted_version(const Request& request, std::string_view what) {
    const auto header = request.header("If-Match");
    if (!header || *header == "*") return std::optional<std::uint64_t>{};
    std::string_view tag = header->starts_with("W/") ? header->substr(2) : *header;
    std::uint64_t version = 0;
    if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
        const char* end = tag.data() + tag.size() - 1;
        const auto parsed = std::from_chars(tag.data() + 1, end, version);
        if (parsed.ec == std::errc{} && parsed.ptr == end) return std::optional<std::uint64_t>{version};
    }
    core::Error error = core::error(core::ErrorKind::Conflict,
                                    "If-Match: no version of " + std::string(what) + " has this tag");
    error.field = "If-Match";
    return error;
}

std::string version_line(std::uint64_t version) {
    return "ETag: \"" + std::to_string(version) + "\"\r\n";
}

}  // namespace potd::api
