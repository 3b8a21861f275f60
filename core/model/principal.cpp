#include "core/model/principal.hpp"

#include "core/model/names.hpp"

#include <algorithm>
#include <array>

namespace potd::core {
namespace {

constexpr std::array<std::string_view, 4> role_words{"viewer", "operator", "developer", "admin"};
constexpr std::size_t most_terms = 16;
constexpr std::size_t longest_selector = 1024;

/// Of UTF-8.
std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool has_blank(std::string_view text) {
    return std::any_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) <= 0x20U; });
}

}  // namespace

std::string_view to_string(Role role) noexcept {
    return role_words.at(static_cast<std::size_t>(role));
}

std::optional<Role> role_from(std::string_view text) noexcept {
    const auto* const found = std::find(role_words.begin(), role_words.end(), text);
    if (found == role_words.end()) return std::nullopt;
    return static_cast<Role>(found - role_words.begin());
}

bool LabelSelector::matches(const Labels& labels) const {
    return std::all_of(terms.begin(), terms.end(),
                       [&](const LabelFilter& term) { return term.matches(labels); });
}

Result<LabelSelector> label_selector_from(std::string_view text, std::string_view field) {
    constexpr std::string_view expected = "at most 16 labels such as team=web,tier, each key or key=value";
    LabelSelector selector;
    if (text.empty()) return selector;
    const auto refuse = [&] { return invalid_field(field, is_text(text) ? text : "(bytes)", expected); };
    if (!is_text(text) || has_blank(text) || characters(text) > longest_selector) return refuse();
    for (std::string_view rest = text;;) {
        const auto comma = rest.find(',');
        const std::string_view term = rest.substr(0, comma);
        auto filter = label_filter_from(term);
        if (!filter) return refuse();
        selector.terms.push_back(*std::move(filter));
        if (comma == std::string_view::npos) break;
        rest.remove_prefix(comma + 1);
    }
    if (selector.terms.size() > most_terms) return refuse();
    return selector;
}

std::string to_string(const LabelSelector& selector) {
    std::string text;
    for (const LabelFilter& term : selector.terms) {
        if (!text.empty()) text += ',';
        text += term.key;
        if (term.value) text += "=" + *term.value;
    }
    return text;
}

Result<Grant> grant_from(std::string_view text, std::string_view field) {
    const auto blank = text.find(' ');
    const auto role = role_from(text.substr(0, blank));
    auto scope = label_selector_from(
        blank == std::string_view::npos ? std::string_view() : text.substr(blank + 1), field);
    const bool ends_open = blank != std::string_view::npos && blank + 1 == text.size();
    if (!role || !scope || ends_open)
        return invalid_field(field, text,
                             "viewer, operator, developer or admin, and perhaps labels after it, as in "
                             "\"developer team=web\"");
    return Grant{*role, *std::move(scope)};
}

std::string to_string(const Principal& principal) {
    switch (principal.kind) {
        case Principal::Kind::Uid: return "uid " + principal.name;
        case Principal::Kind::Token: return "token " + principal.name;
        case Principal::Kind::Certificate: break;
    }
    return "certificate " + principal.name;
}

std::string identity_of(const Principal& principal) {
    const std::string name = to_string(principal);
    return principal.token.empty() ? name : name + " " + principal.token;
}

}  // namespace potd::core
