// What do bridges cost: a run, a start, 200 starts, a lease, a port more where there are a thousand, and what
// is sent through a published port? In network namespaces of its own.
#include "bench/support/bare_cycle.hpp"
#include "bench/support/hand_made.hpp"
#include "bench/support/report.hpp"
#include "bench/support/subject.hpp"
#include "core/service/lease_book.hpp"
#include "tests/support/joining_thread.hpp"
#include "tests/support/network_lab.hpp"
#include "tests/support/root_tree.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <exception>
#include <fstream>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

namespace potd::bench {
namespace {

using test::Json;

constexpr int port_of_pot = 9001, port_by_hand = 9002, inside = 9000;
const Json on_bridge = {{"type", "public-bridge"}, {"stack", "ipv4"}};

Json idle(const std::string& name, const Json& network) {
    return {{"name", name}, {"base", "tiny"}, {"network", network}, {"command", {"/bin/sleep", "1000000"}}};
}

std::vector<double> lives(Subject& subject, int count) {
    std::vector<double> samples;
    for (int i = -count / 10; i < count; ++i) {
        const std::string name = "life" + std::to_string(i + count);
        Json spec = Subject::true_spec(name);
        spec["network"] = on_bridge;
        const Stopwatch watch;
        subject.api().create(spec);
        subject.api().start(name);
        subject.api().wait(name);
        subject.api().destroy(name);
        if (i >= 0) samples.push_back(watch.ms());
    }
    return samples;
}

/// From the request to start a created one until its process runs.
std::vector<double> starts(Subject& subject, const Json& network, int count) {
    subject.api().create(idle("one", network));
    std::vector<double> samples;
    for (int i = -count / 10; i < count; ++i) {
        const Stopwatch watch;
        subject.api().start("one");
        if (i >= 0) samples.push_back(watch.ms());
        subject.api().stop("one");
    }
    subject.api().destroy("one");
    return samples;
}

double starts_per_second(Subject& subject, int count, int clients) {
    for (int i = 0; i < count; ++i) subject.api().create(idle(Subject::idle_name(i), on_bridge));
    std::atomic<int> next = 0;
    std::exception_ptr failure;
    std::mutex guard;
    const Stopwatch watch;
    {
        std::vector<test::JoiningThread> threads;
        threads.reserve(static_cast<std::size_t>(clients));
        for (int c = 0; c < clients; ++c) {
            threads.emplace_back([&] {
                try {
                    test::PotApi api(subject.potd().socket());
                    for (int i = next++; i < count; i = next++) api.start(Subject::idle_name(i));
                } catch (...) {
                    const std::scoped_lock lock(guard);
                    failure = std::current_exception();
                }
            });
        }
    }
    const double rate = count / watch.ms() * 1000;
    if (failure) std::rethrow_exception(failure);
    subject.destroy_idle(0, count);
    return rate;
}

std::vector<double> creates(Subject& subject, const Json& network, int count) {
    std::vector<double> samples;
    for (int i = 0; i < count; ++i) {
        const Stopwatch watch;
        subject.api().create(idle(Subject::idle_name(i), network));
        samples.push_back(watch.ms());
    }
    subject.destroy_idle(0, count);
    return samples;
}

/// Each lease of so many in a /18, in memory.
std::vector<double> leases(int count) {
    core::Bridge bridge;
    bridge.name = "wide";
    bridge.ipv4 = core::bridge_network(core::parse_ip_network("10.64.0.0/18", "network").value());
    core::LeaseBook book(core::PortRange{20'000, 60'000});
    book.add(bridge);
    core::PotSpec spec;
    spec.network.type = core::NetworkType::PrivateBridge;
    spec.network.bridges = {{bridge.name, {}, {}, {}}};
    std::vector<double> samples;
    for (int i = 0; i < count; ++i) {
        const core::PotId id{std::to_string(i)};
        const Stopwatch watch;
        const auto found = book.find(spec, id);
        if (!found) throw std::runtime_error(found.error().message);
        book.record({id, id.text}, *found, spec);
        samples.push_back(watch.ms());
    }
    return samples;
}

/// One port more, and away again, beside a thousand of another pot.
std::vector<double> added_ports(Subject& subject, int count) {
    Json many = idle("many", on_bridge);
    many["ports"] = Json::array({{{"container", 1}, {"count", 1000}, {"host", 30'000}}});
    subject.api().create(many);
    subject.api().start("many");
    subject.api().create(idle("more", on_bridge));
    subject.api().start("more");
    std::vector<double> samples;
    for (int i = -count / 10; i < count; ++i) {
        const Stopwatch watch;
        subject.api().expect(200, "PATCH", "/v1/pots/more", {{"ports", {"80:8080"}}});
        if (i >= 0) samples.push_back(watch.ms());
        subject.api().expect(200, "PATCH", "/v1/pots/more", {{"ports", Json::array()}});
    }
    for (const char* name : {"more", "many"}) subject.api().destroy(name, true);
    return samples;
}

/// Bytes a second sent to a port of the lab's host, by the thread's network.
double sent_per_second(int port, double seconds) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(port));
    ::inet_pton(AF_INET, "10.99.0.1", &to.sin_addr);
    const platform::UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const Stopwatch patience;
    while (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) {
        if (patience.ms() > 5'000) throw std::runtime_error("nobody answers at port " + std::to_string(port));
        std::this_thread::yield();
    }
    static const std::vector<char> block(1 << 17);
    double bytes = 0;
    const Stopwatch watch;
    while (watch.ms() < seconds * 1000) {
        const ssize_t sent = ::send(socket.get(), block.data(), block.size(), MSG_NOSIGNAL);
        if (sent <= 0) throw std::runtime_error("the connection is lost");
        bytes += static_cast<double>(sent);
    }
    return bytes / watch.ms() * 1000;
}

struct Throughput {
    std::vector<double> pot, by_hand;  ///< MB/s
};

/// By turns, so that both have the machine as it is.
Throughput throughput(Subject& subject, const Options& options, const test::NetworkLab& lab) {
    const test::TempDir tree("potd-bench", options.state);
    test::make_root_tree(tree.path(), {"true", POTD_BENCH_SINK});
    subject.api().install_base({{"name", "sink"}, {"directory", tree.path().string()}});
    Json spec = idle("sink", on_bridge);
    spec["base"] = "sink";
    spec["command"] = {POTD_BENCH_SINK, std::to_string(inside)};
    spec["ports"] = Json::array({{{"container", inside}, {"host", port_of_pot}}});
    subject.api().create(spec);
    subject.api().start("sink");
    Throughput all;
    {
        const HandMade by_hand(POTD_BENCH_SINK, inside, port_by_hand);
        for (int i = 0; i < 8; ++i) {
            lab.outside([&] { all.pot.push_back(sent_per_second(port_of_pot, 1) / 1e6); });
            lab.outside([&] { all.by_hand.push_back(sent_per_second(port_by_hand, 1) / 1e6); });
        }
    }
    subject.api().destroy("sink", true);
    return all;
}

void forward_packets() {
    std::ofstream("/proc/sys/net/ipv4/ip_forward") << "1\n";
}

void measure(const Options& options) {
    Report report("pots on the public bridge, IPv4");
    const test::NetworkLab lab;
    forward_packets();
    BareBracket bare(options.state, options.count);
    Subject subject(options);
    report.series("life of /bin/true: create, start, wait, remove", "ms", lives(subject, options.count), 0,
                  {.at_most = 14});
    const std::vector<double> without = starts(subject, {{"type", "none"}}, options.count);
    const std::vector<double> with = starts(subject, on_bridge, options.count);
    report.series("start with network none", "ms", without);
    report.series("start on the bridge", "ms", with, 0, {.at_most = 25});
    report.single("the bridge's share of a start", "ms", summarize(with).median - summarize(without).median,
                  {.at_most = 3});
    report.single("bare cycle, mean of before and after", "ms", bare.close());
    report.single("200 started by 4 clients", "1/s", starts_per_second(subject, 200, 4), {.at_least = 60});
    const std::vector<double> plain = creates(subject, {{"type", "none"}}, options.count);
    const std::vector<double> leased = creates(subject, on_bridge, options.count);
    report.single("a lease's share of a create", "ms", summarize(leased).median - summarize(plain).median,
                  {.at_most = 1});
    report.series("10,000 leases of a /18, each, in memory", "ms", leases(10'000), 0, {.at_most_p99 = 1});
    report.series("one port more beside 1,000", "ms", added_ports(subject, options.count), 0, {.at_most = 2});
    const Throughput sent = throughput(subject, options, lab);
    report.series("through a published port", "MB/s", sent.pot);
    report.series("the same by hand", "MB/s", sent.by_hand);
    report.single("of it", "%", summarize(sent.pot).median / summarize(sent.by_hand).median * 100,
                  {.at_least = 95});
    report.print(options.tsv);
}

}  // namespace
}  // namespace potd::bench

int main(int argc, char** argv) {
    return potd::bench::run_benchmark(argc, argv, 200, potd::bench::measure);
}
