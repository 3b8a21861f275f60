#include "api/route/reply.hpp"

namespace potd::api {

Problem to_problem(const wire::DecodeError& error) {
    return {error.code == "malformed" ? 400 : 422, error.code, error.message, error.field, {}};
}

core::Error secrets_with_flavours() {
    core::Error refused = core::error(core::ErrorKind::Unsupported,
                                      "env_secret: not together with flavours; set it once the pot is made");
    refused.field = "env_secret";
    return refused;
}

core::Error unknown_pot(std::string_view name) {
    return core::error(core::ErrorKind::NotFound, "no pot is called '" + std::string(name) + "'");
}

core::Result<PageQuery> page_query(const Query& query) {
    constexpr std::uint64_t longest_page = 1000;
    auto limit = query.number("limit", 1, longest_page);
    if (!limit) return std::move(limit).error();
    PageQuery page;
    page.limit = static_cast<std::size_t>((*limit).value_or(page.limit));
    page.after = query.text("after").value_or("");
    return page;
}

}  // namespace potd::api
