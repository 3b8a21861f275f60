#include "tests/support/core_fixture.hpp"
#include "tests/support/histories.hpp"

#include <random>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

/// Random lives with crashes between any two steps, checked against the invariants of the design.
class RandomHistory : public fakes::CoreFixture {
  public:
    explicit RandomHistory(unsigned seed) : random_(seed) { install_base(); }

    void play(int steps) {
        for (int i = 0; i < steps; ++i) {
            one_step();
            check_always();
        }
        settle();
        check_settled();
    }

  private:
    unsigned pick(unsigned below) { return std::uniform_int_distribution<unsigned>(0, below - 1)(random_); }
    std::string some_name() { return std::string(1, static_cast<char>('a' + pick(3))); }

    Reply<PotPtr> counted() {
        ++asked_;
        return [this, generation = generation_](const Result<PotPtr>&) {
            if (generation == generation_) ++answered_;
        };
    }

    void one_step() {
        switch (pick(12)) {
            case 0: {
                PotSpec spec;
                spec.name = some_name();
                spec.base = "host";
                spec.remove_on_exit = pick(5) == 0;
                pots->create(spec, counted());
                break;
            }
            case 1:
            case 2: pots->start(some_name(), counted()); break;
            case 3: pots->stop(some_name(), {milliseconds{pick(3) * 100}, {}}, counted()); break;
            case 4: pots->restart(some_name(), {}, counted()); break;
            case 5: {
                ++asked_;
                pots->destroy(some_name(), pick(2) == 0, [this, generation = generation_](const Status&) {
                    if (generation == generation_) ++answered_;
                });
                break;
            }
            case 6:
                pick(2) == 0 ? pots->pause(some_name(), counted()) : pots->resume(some_name(), counted());
                break;
            case 7: end_some_run(); break;
            case 8: journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"), 1 + pick(2)); break;
            case 9: {
                if (pick(4) != 0) break;
                asked_ = answered_ = 0;
                ++generation_;
                journal.fail_next(error(ErrorKind::Internal, ""), 0);
                if (pick(3) == 0) {
                    runtime.runs.clear();
                    crash("boot-" + std::to_string(generation_));
                } else {
                    crash();
                }
                break;
            }
            default: timers.advance(milliseconds{pick(300)}); break;
        }
        runtime.obey_signals = pick(3) != 0;
        for (unsigned n = pick(6); n > 0; --n) loop.run_one();
    }

    void end_some_run() {
        if (runtime.runs.empty()) return;
        auto chosen = runtime.runs.begin();
        std::advance(chosen, pick(static_cast<unsigned>(runtime.runs.size())));
        runtime.exit(chosen->first, static_cast<int>(pick(3)));
    }

    void settle() {
        for (int i = 0; i < 50; ++i) {
            loop.run();
            timers.advance(milliseconds{1000});
        }
        loop.run();
    }

    void check_always() {
        ASSERT_LE(runtime.most_live_runs_of_a_pot, 1U) << "I1";
        std::uint64_t expected = 1;
        for (const Event& event : journal.recorded().events) ASSERT_EQ(event.number, expected++) << "I8";
    }

    void check_settled() {
        ASSERT_EQ(asked_, answered_) << "I7: a request got no answer";
        std::set<PotId> known;
        for (const PotPtr& pot : pots->list("", 100)) {
            known.insert(pot->id);
            const bool exists = pot->run && runtime.runs.contains({pot->id, pot->run->number});
            const bool up = pot->state == PotState::Running || pot->state == PotState::Paused;
            ASSERT_EQ(exists, up) << "I4: " << pot->spec.name << " is " << to_string(pot->state);
            if (pot->run) {
                ASSERT_EQ(pot->run->end.has_value(), !up) << "I2: " << pot->spec.name;
            }
        }
        for (const auto& [run_key, run] : journal.recorded().runs) {
            const PotPtr pot = pots->find(run_key.pot.text);
            ASSERT_TRUE(pot);
            if (run_key.run != pot->run->number) {
                ASSERT_TRUE(run.end.has_value()) << "I2";
            }
        }
        for (const auto& [run_key, run] : runtime.runs) ASSERT_TRUE(known.contains(run_key.pot)) << "I4";
        ASSERT_EQ(files.exist.size(), known.size()) << "I4: files";
        ASSERT_EQ(journal.recorded().pots.size(), known.size()) << "I5";
    }

    std::mt19937 random_;
    int asked_ = 0;
    int answered_ = 0;
    int generation_ = 0;
};

TEST(HistoryTest, InvariantsHoldOverRandomLivesWithCrashes) {
    for (unsigned seed = 1; seed <= test::histories(2000); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        RandomHistory history(seed);
        history.play(120);
        if (testing::Test::HasFatalFailure()) return;
    }
}

}  // namespace
}  // namespace potd::core
