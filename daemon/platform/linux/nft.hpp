#pragma once

#include "core/base/result.hpp"

#include <memory>
#include <string>

struct nft_ctx;

namespace potd::platform {

/// libnftables: the commands of nft(8) within this process, about the network of the calling thread. One
/// thread at a time; blocks on the kernel alone.
class Nft {
  public:
    /// Unsupported where the kernel has no nftables.
    [[nodiscard]] static core::Result<Nft> open();

    /// All of the commands are carried out, or none. The error has the library's words.
    [[nodiscard]] core::Status run(const std::string& commands);
    /// Whether they could be carried out; nothing is.
    [[nodiscard]] core::Status check(const std::string& commands);
    /// The same as run for one that lists; what it prints.
    [[nodiscard]] core::Result<std::string> ask(const std::string& command);

  private:
    struct Free {
        void operator()(nft_ctx* context) const;
    };
    explicit Nft(nft_ctx* context) : context_(context) {}
    std::unique_ptr<nft_ctx, Free> context_;
};

}  // namespace potd::platform
