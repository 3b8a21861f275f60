// How long until an event has reached 100 clients of the event stream?
#include "bench/support/cpu_time.hpp"
#include "bench/support/event_clients.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "tests/support/joining_thread.hpp"

#include <algorithm>

namespace potd::bench {
namespace {

constexpr int clients = 100;

struct Deliveries {
    std::vector<double> each, last;  ///< ms from the request that made the event
    double potd = 0;                 ///< ms of processor time of potd's for one event
};

/// A change of a pot is one event. The clients are read meanwhile, so the request has a thread of its own.
void one_event(Subject& subject, EventClients& listeners, int number, Deliveries* found) {
    EventClients::Time asked;
    std::vector<EventClients::Time> arrivals;
    {
        const test::JoiningThread asking([&] {
            const test::Json change{{"labels", {{"number", std::to_string(number)}}}};
            asked = std::chrono::steady_clock::now();
            subject.api().request("PATCH", "/v1/pots/" + Subject::idle_name(0), change);
        });
        arrivals = listeners.await_next();
    }
    if (found == nullptr) return;
    double last = 0;
    for (const EventClients::Time arrival : arrivals) {
        found->each.push_back(std::chrono::duration<double, std::milli>(arrival - asked).count());
        last = std::max(last, found->each.back());
    }
    found->last.push_back(last);
}

void measure(const Options& options) {
    Subject subject(options);
    subject.create_idle(0, 1);
    EventClients listeners(subject.potd().socket(), clients);
    Deliveries found;
    for (int i = 0; i < options.count / 10; ++i) one_event(subject, listeners, -i - 1, nullptr);
    const double before = cpu_ms(subject.potd().pid());
    for (int i = 0; i < options.count; ++i) one_event(subject, listeners, i, &found);
    found.potd = (cpu_ms(subject.potd().pid()) - before) / options.count;
    const std::string many = std::to_string(clients) + " clients";
    Report report("an event from the request that made it to " + many);
    report.series("a change to each of " + many, "ms", found.each);
    report.series("a change to the last of " + many, "ms", found.last, 0, {.at_most_p99 = 10});
    report.single("potd's CPU for the change and its " + many, "ms", found.potd);
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 500, potd::bench::measure);
}
