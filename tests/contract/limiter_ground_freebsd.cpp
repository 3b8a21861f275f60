#include "daemon/platform/freebsd/jail_limiter.hpp"
#include "daemon/platform/freebsd/pure/jail_name.hpp"
#include "daemon/platform/freebsd/pure/racct_text.hpp"
#include "tests/contract/limiter_ground.hpp"
#include "tests/support/poll_loop.hpp"

#include <array>
#include <string>

#include <sys/param.h>
// after sys/param.h
#include <sys/jail.h>
#include <sys/rctl.h>
#include <sys/uio.h>
#include <unistd.h>

namespace potd::test {
namespace {

iovec part(std::string& text) {
    return {text.data(), text.size() + 1};
}

/// A jail without processes.
class JailGround final : public LimiterGround {
  public:
    JailGround()
        : instance_("contract" + std::to_string(::getpid())), name_(platform::jail_name(instance_, run())) {
        std::array<std::string, 6> words{"name", name_, "path", "/", "host.hostname", name_};
        std::string persist = "persist";
        std::array<iovec, 8> parameters{};
        for (std::size_t i = 0; i < words.size(); ++i) parameters[i] = part(words[i]);
        parameters[6] = part(persist);
        jail_ = ::jail_set(parameters.data(), parameters.size(), JAIL_CREATE);
    }
    ~JailGround() override {
        if (jail_ >= 0) ::jail_remove(jail_);
    }
    [[nodiscard]] bool is_there() const { return jail_ >= 0; }
    core::Limiter& limiter() override { return limiter_; }
    [[nodiscard]] core::RunKey run() const override { return {{"0123456789ab"}, 1}; }
    void settle(const bool& replied) override {
        (void)loop_.run_until([&] { return replied; });
    }
    std::optional<std::int64_t> memory() override { return rule("memoryuse"); }
    std::optional<std::int64_t> pids() override { return rule("maxproc"); }
    bool use_memory(std::int64_t /*bytes*/) override { return false; }

  private:
    [[nodiscard]] std::optional<std::int64_t> rule(const std::string& resource) const {
        std::string filter = "jail:" + name_ + ":", answer(4096, '\0');
        if (::rctl_get_rules(filter.c_str(), filter.size() + 1, answer.data(), answer.size()) != 0)
            return std::nullopt;
        const auto rules = platform::parse_rules(answer.c_str());
        const auto found = rules.find(resource);
        return found == rules.end() ? std::nullopt : std::optional(found->second);
    }

    std::string instance_, name_;
    int jail_ = -1;
    PollLoop loop_;
    platform::JailLimiter limiter_{instance_, loop_};
};

std::unique_ptr<LimiterGround> make_jail(std::string& lacks) {
    if (::geteuid() != 0 || ::rctl_get_racct("", 0, nullptr, 0) == 0 || errno == ENOSYS) {
        lacks = "needs root and kern.racct.enable=1";
        return nullptr;
    }
    auto ground = std::make_unique<JailGround>();
    if (ground->is_there()) return ground;
    lacks = "no jail can be made";
    return nullptr;
}

}  // namespace

std::vector<LimiterMaker> limiters_of_system() {
    return {{"Jail", make_jail}};
}

}  // namespace potd::test
