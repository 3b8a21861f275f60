// Every text of the corpora, by whatever compiler and on whatever system: what a fuzzer once found stays
// found.

#include "tests/fuzz/targets.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gtest/gtest.h>

namespace potd::fuzz {
namespace {

class Replay : public testing::TestWithParam<Target> {};

TEST_P(Replay, EveryTextOfTheCorpusIsReadOrRefused) {
    const auto folder = std::filesystem::path(POTD_CORPORA) / GetParam().name;
    int texts = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        SCOPED_TRACE(entry.path().string());
        GetParam().read(text);
        ++texts;
    }
    EXPECT_GT(texts, 0) << folder;
}

INSTANTIATE_TEST_SUITE_P(Targets, Replay, testing::ValuesIn(targets),
                         [](const auto& target) { return std::string(target.param.name); });

}  // namespace
}  // namespace potd::fuzz
