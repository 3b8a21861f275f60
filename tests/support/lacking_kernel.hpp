#pragma once

#include <functional>
#include <string>
#include <thread>

namespace potd::test {

/// A Linux kernel that was built without something, for what is started in it. What it answers is the real
/// one's, or what that would answer:
/// - nftables: there are no netlink sockets of netfilter;
/// - ipv6: no sockets of it, and no /proc/sys/net/ipv6;
/// - a kind of links: requests for it come to the kernel with a name that it does not know.
///
/// Needs root. Throws std::runtime_error where something cannot be made.
class LackingKernel {
  public:
    struct Without {
        bool nftables = false, ipv6 = false;
        std::string link_kind{};  ///< "bridge", "veth"
    };
    explicit LackingKernel(Without without);
    /// What was started in it has to have ended by then.
    ~LackingKernel();
    LackingKernel(const LackingKernel&) = delete;
    LackingKernel& operator=(const LackingKernel&) = delete;

    /// On a thread that is in it, once; programs that `act` starts are in it, too.
    void run(const std::function<void()>& act);

    /// Why there can be none here; empty if there can. Asked once.
    [[nodiscard]] static std::string lacks();

  private:
    void enter();
    void hide_ipv6() const;
    void rename_kinds() const;
    void rename_in(unsigned pid, unsigned long address, unsigned long size) const;

    Without without_;
    std::string hidden_;  ///< a directory of its own
    int listener_ = -1, stop_ = -1;
    std::thread renaming_;
};

}  // namespace potd::test
