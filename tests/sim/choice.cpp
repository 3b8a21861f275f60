#include "tests/sim/choice.hpp"

#include <array>
#include <string_view>

namespace potd::sim {
namespace {

struct Weight {
    Act act;
    unsigned weight;
    std::string_view name;
};

// In the order of Act.
constexpr std::array weights{
    Weight{Act::Tasks, 150, "tasks"},
    Weight{Act::Write, 110, "write"},
    Weight{Act::Machine, 260, "machine"},
    Weight{Act::Time, 40, "time"},
    Weight{Act::Flow, 120, "flow"},
    Weight{Act::Create, 45, "create"},
    Weight{Act::Start, 80, "start"},
    Weight{Act::Stop, 40, "stop"},
    Weight{Act::Restart, 25, "restart"},
    Weight{Act::Kill, 8, "kill"},
    Weight{Act::Pause, 26, "pause"},
    Weight{Act::Resume, 18, "resume"},
    Weight{Act::Destroy, 25, "destroy"},
    Weight{Act::Rename, 16, "rename"},
    Weight{Act::Change, 20, "change"},
    Weight{Act::Wait, 10, "wait"},
    Weight{Act::CancelWait, 4, "cancel wait"},
    Weight{Act::Attach, 6, "attach"},
    Weight{Act::Snapshot, 30, "snapshot"},
    Weight{Act::Rollback, 14, "rollback"},
    Weight{Act::Clone, 16, "clone"},
    Weight{Act::Listen, 12, "listen"},
    Weight{Act::Retain, 8, "retain"},
    Weight{Act::Keyed, 60, "keyed"},
    Weight{Act::Repeat, 40, "repeat"},
    Weight{Act::Cancel, 6, "cancel"},
    Weight{Act::GiveWay, 12, "give way"},
    Weight{Act::ClockSet, 6, "clock set"},
    Weight{Act::DiskFull, 6, "disk full"},
    Weight{Act::SyncFails, 2, "sync fails"},
    Weight{Act::Crash, 14, "crash"},
    Weight{Act::Reboot, 3, "reboot"},
    Weight{Act::PowerLoss, 4, "power loss"},
};

constexpr unsigned total = [] {
    unsigned sum = 0;
    for (const Weight& one : weights) sum += one.weight;
    return sum;
}();

/// splitmix64 (public domain, S. Vigna): the standard library's distributions differ between systems.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

  private:
    std::uint64_t state_;
};

Act weighted(std::uint64_t number) {
    unsigned rest = static_cast<unsigned>(number % total);
    for (const Weight& one : weights) {
        if (rest < one.weight) return one.act;
        rest -= one.weight;
    }
    return Act::Tasks;
}

}  // namespace

Choices make_choices(std::uint64_t seed, std::size_t steps) {
    Random random(seed);
    Choices choices(steps);
    for (Choice& choice : choices) {
        choice.act = weighted(random.next());
        const std::uint64_t numbers = random.next();
        choice.a = static_cast<std::uint32_t>(numbers);
        choice.b = static_cast<std::uint32_t>(numbers >> 32);
    }
    return choices;
}

std::string describe(const Choice& choice) {
    return std::string(weights[static_cast<std::size_t>(choice.act)].name) + " " + std::to_string(choice.a) +
           " " + std::to_string(choice.b);
}

}  // namespace potd::sim
