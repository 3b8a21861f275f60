#pragma once

#include <optional>
#include <string>
#include <vector>

namespace potd::wire {

/// What is known of a token; never its secret.
struct Token {
    std::string name, role;
    std::optional<std::string> selector;  ///< null: every pot, and what is not a pot's
    std::string created_by, created_at;
    std::optional<std::string> expires_at;  ///< null: never
    std::optional<std::string> used_at;     ///< null: not yet
    bool expired = false;
    friend bool operator==(const Token&, const Token&) = default;
};

struct TokenList {
    std::vector<Token> items;
    std::optional<std::string> next;
    friend bool operator==(const TokenList&, const TokenList&) = default;
};

/// The one answer that has the secret.
struct NewToken {
    Token token;
    std::string secret;
    friend bool operator==(const NewToken&, const NewToken&) = default;
};

struct TokenRequest {
    std::string name, role;
    std::optional<std::string> selector;
    std::optional<std::string> expires;  ///< a duration from now, or a time
    friend bool operator==(const TokenRequest&, const TokenRequest&) = default;
};

}  // namespace potd::wire
