#include "client/command/ending.hpp"
#include "client/command/pot_view.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>

#include <poll.h>

namespace potd::client {
namespace {

constexpr Option wait_options[] = {
    pot_option,
    {0, "for", "WHAT", "for what; stopped if not given", Completes::Nothing,
     "stopped|running|healthy|paused|exists|gone"},
    {'t', "timeout", "DURATION", "give up after this long"},
    {'e', "exit-status", "", "exit with the last pot's status instead of printing it"},
    {'q', "quiet", "", "print nothing"},
    format_option,
};

Result<int> wait_for_the_end(Invocation& invocation) {
    std::string target = "/wait?for=stopped";
    if (const auto timeout = invocation.value("timeout")) target += "&timeout=" + url_escape(*timeout);
    int last = exit_code::ok;
    const auto waited = for_each_pot(invocation, [&](const std::string& pot) -> Status {
        const auto run = invocation.api().get(pot_url(pot, target));
        if (!run) return run.failure();
        if (invocation.print_document(*run)) return Done{};
        const auto status = run_status(*run);
        if (!status) return status.failure();
        last = *status;
        if (!invocation.has("exit-status") && !invocation.has("quiet"))
            invocation.print_line(std::to_string(*status));
        return Done{};
    });
    if (!waited) return waited;
    return invocation.has("exit-status") ? last : exit_code::ok;
}

/// Until when one wait goes on.
class Deadline {
  public:
    explicit Deadline(std::optional<std::int64_t> ms) {
        if (ms) at_ = Clock::now() + std::chrono::milliseconds(*ms);
    }
    /// For poll(2): -1 without an end.
    [[nodiscard]] int left_ms() const {
        if (!at_) return -1;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*at_ - Clock::now()).count();
        return static_cast<int>(std::clamp<std::int64_t>(left, 0, std::numeric_limits<int>::max()));
    }

  private:
    using Clock = std::chrono::steady_clock;
    std::optional<Clock::time_point> at_;
};

/// How a pot stands by what it is waited for: "" once it is so.
std::string still(const Value& pot, const std::string& wanted) {
    if (wanted == "exists") return "";
    if (wanted == "gone") return "is there";
    const std::string& found = pot[wanted == "healthy" ? "health" : "state"].text();
    return found == wanted ? "" : "is " + found;
}

/// Looks at the pot at first and at whatever happens; events are not read, each is a reason to look again.
class Watch {
  public:
    Watch(Invocation& invocation, const std::string& pot, std::string wanted)
        : api_(invocation.api()), pot_(pot), wanted_(std::move(wanted)) {}

    Status wait(const Deadline& deadline) {
        // Before the first look: what happens after it is seen.
        auto events = api_.stream("/v1/events", "text/event-stream");
        if (!events) return events.failure();
        for (;;) {
            const auto standing = look();
            if (!standing) return standing.failure();
            if (standing->empty()) return Done{};
            auto more = next(*events, deadline);
            if (!more) return more.failure();
            if (!*more) return failed("waited long enough for " + wanted_ + ": it " + *standing);
        }
    }

  private:
    Result<std::string> look() {
        const auto pot = api_.get(pot_url(pot_));
        if (pot) return still(*pot, wanted_);
        if (pot.failure().exit != exit_code::not_found) return pot.failure();
        if (wanted_ == "gone") return std::string();
        return wanted_ == "exists" ? Result<std::string>("is not there") : Result<std::string>(pot.failure());
    }

    /// False when the time is up.
    static Result<bool> next(Stream& events, const Deadline& deadline) {
        if (!events.connection.has_input(deadline.left_ms())) return deadline.left_ms() != 0;
        std::string bytes;
        const auto more = events.body.read(events.connection, bytes);
        if (!more) return more.failure();
        if (*more) return true;
        Failure failure = failed("potd ended the stream of events");
        failure.exit = exit_code::no_daemon;
        return failure;
    }

    Api& api_;
    const std::string& pot_;
    std::string wanted_;
};

Result<int> wait_for_state(Invocation& invocation, const std::string& wanted) {
    if (invocation.has("exit-status"))
        return usage("--exit-status is for the end of a pot, not for --for " + wanted);
    std::optional<std::int64_t> timeout;
    if (const auto text = invocation.value("timeout")) {
        const auto parsed = parse_duration(*text);
        if (!parsed) return parsed.failure();
        timeout = *parsed;
    }
    const Deadline deadline(timeout);
    return for_each_pot(invocation, [&](const std::string& pot) -> Status {
        if (auto waited = Watch(invocation, pot, wanted).wait(deadline); !waited) return waited;
        if (wanted == "gone" || !invocation.has("format")) return Done{};
        const auto now = invocation.api().get(pot_url(pot));
        if (!now) return now.failure();
        if (!invocation.print_document(*now)) invocation.print_line(pot);
        return Done{};
    });
}

Result<int> run_wait(Invocation& invocation) {
    const std::string wanted = invocation.value("for").value_or("stopped");
    return wanted == "stopped" ? wait_for_the_end(invocation) : wait_for_state(invocation, wanted);
}

}  // namespace

const Command wait_command{"wait",
                           "",
                           Section::Running,
                           Operands::Pots,
                           "[-p] POT... [--for WHAT] [-t DURATION] [-e] [-q]",
                           "wait until pots have ended and print their status, or until they are as wanted",
                           "A pot that has ended before, or is as wanted, answers at once. running, paused "
                           "and healthy fail for a pot that "
                           "is not there or goes away. The time of --timeout is for all of them together but "
                           "for stopped, where it is each's.",
                           wait_options,
                           run_wait};

}  // namespace potd::client
