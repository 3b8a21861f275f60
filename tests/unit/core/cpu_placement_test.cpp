#include "core/model/cpu_placement.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

using Wishes = std::map<PotId, CpuWish>;

PotId pot_number(int number) {
    return {std::to_string(1000 + number)};
}

std::vector<int> first_cpus(int count) {
    std::vector<int> cpus(static_cast<std::size_t>(count));
    std::iota(cpus.begin(), cpus.end(), 0);
    return cpus;
}

std::map<int, int> loads_of(const CpuPlaces& places, const std::vector<std::vector<int>>& fixed) {
    std::map<int, int> loads;
    for (const auto& pot : fixed)
        for (const int cpu : pot) ++loads[cpu];
    for (const auto& [pot, place] : places)
        for (const int cpu : place) ++loads[cpu];
    return loads;
}

TEST(CpuPlacementTest, SpreadsPotsOverTheLeastLoadedCpus) {
    const auto places = place_cpus(first_cpus(4), {}, {{pot_number(0), {2, {}}}, {pot_number(1), {2, {}}}});
    EXPECT_EQ(places.at(pot_number(0)), (std::vector<int>{0, 1}));
    EXPECT_EQ(places.at(pot_number(1)), (std::vector<int>{2, 3}));
}

TEST(CpuPlacementTest, PotsWithAListCountAndStay) {
    const auto places =
        place_cpus(first_cpus(2), {{0}, {0}}, {{pot_number(0), {1, {}}}, {pot_number(1), {1, {}}}});
    EXPECT_EQ(places.at(pot_number(0)), std::vector<int>{1});
    EXPECT_EQ(places.at(pot_number(1)), std::vector<int>{1});
}

TEST(CpuPlacementTest, WhenOneGoesAnotherMovesIntoTheRoom) {
    // Two were on CPU 0 and one on CPU 1, which has gone.
    const auto places = place_cpus(first_cpus(2), {}, {{pot_number(0), {1, {0}}}, {pot_number(1), {1, {0}}}});
    EXPECT_NE(places.at(pot_number(0)), places.at(pot_number(1)));
}

TEST(CpuPlacementTest, MoreThanThereAreIsAllOfThem) {
    const auto places = place_cpus({1, 5}, {}, {{pot_number(0), {9, {}}}});
    EXPECT_EQ(places.at(pot_number(0)), (std::vector<int>{1, 5}));
    EXPECT_TRUE(place_cpus({}, {}, {{pot_number(0), {1, {}}}}).at(pot_number(0)).empty());
}

TEST(CpuPlacementTest, ACpuThatIsGoneIsLeft) {
    const auto places = place_cpus({0, 1}, {}, {{pot_number(0), {1, {7}}}});
    EXPECT_EQ(places.at(pot_number(0)), std::vector<int>{0});
}

/// For whatever wishes: who has how many, that nobody could do better, that who is well placed stays.
class CpuPlacementProperties {
  public:
    explicit CpuPlacementProperties(unsigned seed) : random_(seed) {}

    void check() {
        const auto cpus = first_cpus(upto(1, 9));
        std::vector<std::vector<int>> fixed(static_cast<std::size_t>(upto(0, 3)));
        for (auto& pot : fixed) pot = some_of(cpus);
        Wishes wishes;
        for (int i = upto(0, 12); i > 0; --i)
            wishes[pot_number(i)] = {upto(1, static_cast<int>(cpus.size()) + 1),
                                     upto(0, 1) == 0 ? std::vector<int>{} : some_of(cpus)};
        const auto places = place_cpus(cpus, fixed, wishes);
        expect_whole(places, wishes, cpus);
        expect_balanced(places, loads_of(places, fixed), cpus);
        EXPECT_EQ(places, place_cpus(cpus, fixed, wishes)) << "it is a function";
        for (auto& [pot, wish] : wishes) wish.present = places.at(pot);
        EXPECT_EQ(places, place_cpus(cpus, fixed, wishes)) << "nobody moves without need";
    }

  private:
    int upto(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
    std::vector<int> some_of(std::vector<int> cpus) {
        std::shuffle(cpus.begin(), cpus.end(), random_);
        cpus.resize(static_cast<std::size_t>(upto(1, static_cast<int>(cpus.size()))));
        return cpus;
    }
    static void expect_whole(const CpuPlaces& places, const Wishes& wishes, const std::vector<int>& cpus) {
        ASSERT_EQ(places.size(), wishes.size());
        for (const auto& [pot, wish] : wishes) {
            const auto& place = places.at(pot);
            EXPECT_EQ(place.size(), std::min(static_cast<std::size_t>(wish.count), cpus.size()));
            EXPECT_EQ(std::set<int>(place.begin(), place.end()).size(), place.size());
            EXPECT_TRUE(std::includes(cpus.begin(), cpus.end(), place.begin(), place.end()));
        }
    }
    static void expect_balanced(const CpuPlaces& places, std::map<int, int> loads,
                                const std::vector<int>& cpus) {
        for (const auto& [pot, place] : places) {
            for (const int there : place) {
                for (const int other : cpus) {
                    if (std::binary_search(place.begin(), place.end(), other)) continue;
                    EXPECT_LE(loads[there] - loads[other], 1) << "on " << there << ", not on " << other;
                }
            }
        }
    }

    std::mt19937 random_;
};

TEST(CpuPlacementTest, HoldsForWhateverWishes) {
    for (unsigned seed = 0; seed < 2000 && !testing::Test::HasFailure(); ++seed)
        CpuPlacementProperties(seed).check();
}

}  // namespace
}  // namespace potd::core
