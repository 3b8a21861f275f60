#include "daemon/platform/linux/nft.hpp"

#include "daemon/platform/posix/unique_fd.hpp"

#include <cerrno>
#include <string_view>
#include <utility>

#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <sys/socket.h>

namespace potd::platform {
namespace {

/// The first line says what is wrong, those below it point at the place.
std::string first_line(const char* text) {
    const std::string_view all = text == nullptr ? std::string_view() : text;
    return std::string(all.substr(0, all.find('\n')));
}

/// Where the library gets no such socket it ends the process.
core::Status netfilter_is_there() {
    const UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER));
    if (socket) return {};
    const int reason = errno;
    if (reason != EPROTONOSUPPORT && reason != EAFNOSUPPORT)
        return core::os_error(reason, "open a netlink socket for nftables");
    return core::error(core::ErrorKind::Unsupported,
                       "this kernel has no nftables (CONFIG_NF_TABLES), which bridges need");
}

}  // namespace

void Nft::Free::operator()(nft_ctx* context) const {
    ::nft_ctx_free(context);
}

core::Result<Nft> Nft::open() {
    if (core::Status there = netfilter_is_there(); !there) return std::move(there).error();
    nft_ctx* const context = ::nft_ctx_new(NFT_CTX_DEFAULT);
    if (context == nullptr) return core::error(core::ErrorKind::ResourceExhausted, "nftables: no memory");
    Nft nft(context);
    if (::nft_ctx_buffer_output(context) != 0 || ::nft_ctx_buffer_error(context) != 0)
        return core::error(core::ErrorKind::ResourceExhausted, "nftables: no memory");
    if (auto usable = nft.ask("list tables"); !usable)
        return core::error(
            core::ErrorKind::Unsupported,
            "bridges need nf_tables of the kernel (CONFIG_NF_TABLES): " + usable.error().message);
    return nft;
}

core::Status Nft::run(const std::string& commands) {
    auto done = ask(commands);
    return done ? core::Status() : core::Status(std::move(done).error());
}

core::Status Nft::check(const std::string& commands) {
    ::nft_ctx_set_dry_run(context_.get(), true);
    core::Status able = run(commands);
    ::nft_ctx_set_dry_run(context_.get(), false);
    return able;
}

core::Result<std::string> Nft::ask(const std::string& command) {
    if (::nft_run_cmd_from_buffer(context_.get(), command.c_str()) == 0) {
        const char* const printed = ::nft_ctx_get_output_buffer(context_.get());
        return std::string(printed == nullptr ? "" : printed);
    }
    return core::error(core::ErrorKind::Internal,
                       "nftables: " + first_line(::nft_ctx_get_error_buffer(context_.get())));
}

}  // namespace potd::platform
