#pragma once

#include "client/base/result.hpp"
#include "client/http/endpoint.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::client {

/// A potd somewhere, and what lets us in.
struct Context {
    std::string name, url;
    std::string token;  ///< may be empty
    TlsFiles files = {};
};

/// What the file of contexts says: $XDG_CONFIG_HOME/potctl/config.yaml, else ~/.config/potctl/config.yaml.
struct Contexts {
    std::vector<Context> all;
    std::string current;  ///< the name of the one in use; empty: none

    [[nodiscard]] const Context* find(std::string_view name) const;
};

/// Where the file is, or would be; failure if neither variable is set.
[[nodiscard]] Result<std::string> contexts_path();
/// None if there is no file. Fails for one that holds a token and that others than its owner may read.
[[nodiscard]] Result<Contexts> read_contexts(const std::string& path);
/// Whole or not at all; readable by its owner alone.
[[nodiscard]] Status write_contexts(const std::string& path, const Contexts& contexts);

/// What was typed about which potd to ask, and with which token.
struct Typed {
    std::optional<std::string> url, context, token;
    std::optional<std::string> token_file = {}, cacert = {}, cert = {}, key = {};
};

/// The first line of a file, or of standard input for "-".
[[nodiscard]] Result<std::string> token_in(const std::string& file);

/// Typed before the environment before the file: --url, --context, POTD_URL, POTD_CONTEXT, the current
/// context, the socket of this machine. The token: --token, the context's if one is used and has one,
/// POTD_TOKEN; and in the same way --cacert, --cert and --key, and POTD_CACERT, POTD_CERT and POTD_KEY.
[[nodiscard]] Result<Context> choose_context(const Typed& typed);

}  // namespace potd::client
