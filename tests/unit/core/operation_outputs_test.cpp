#include "core/service/operation_outputs.hpp"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

TEST(OperationOutputsTest, IsReadFromWhereOneWas) {
    OperationOutputs outputs;
    std::uint64_t position = 0;
    EXPECT_EQ(outputs.read("a", position), "");
    outputs.write("a", "one ");
    outputs.write("a", "two");
    EXPECT_EQ(outputs.read("a", position), "one two");
    EXPECT_EQ(outputs.read("a", position), "");
    outputs.write("a", "!");
    EXPECT_EQ(outputs.read("a", position), "!");
    std::uint64_t other = 0;
    EXPECT_EQ(outputs.read("a", other), "one two!");
}

TEST(OperationOutputsTest, KeepsTheLastMiBAndSaysWhatIsMissing) {
    OperationOutputs outputs;
    const std::string piece(100'000, 'x');
    for (int i = 0; i < 100; ++i) outputs.write("a", piece);
    outputs.write("a", "end");
    std::uint64_t position = 0;
    const std::string text = outputs.read("a", position);
    EXPECT_EQ(text.substr(0, 5), "===> ");
    EXPECT_NE(text.find(" bytes are not kept any more\n"), std::string::npos);
    EXPECT_TRUE(text.ends_with("xend"));
    EXPECT_GE(text.size(), OperationOutputs::kept_bytes);
    EXPECT_LT(text.size(), 2 * OperationOutputs::kept_bytes);
    EXPECT_EQ(position, 10'000'003U);
}

TEST(OperationOutputsTest, ForgetsTheOldestOperation) {
    OperationOutputs outputs;
    for (char id = 'a'; id <= 'q'; ++id) outputs.write(std::string(1, id), "text");
    std::uint64_t first = 0;
    std::uint64_t second = 0;
    EXPECT_EQ(outputs.read("a", first), "");
    EXPECT_EQ(outputs.read("b", second), "text");
}

TEST(OperationOutputsTest, AReaderGoesOnWithOneThatWasForgottenAndBeginsAnew) {
    OperationOutputs outputs;
    outputs.write("a", "a long beginning");
    std::uint64_t position = 0;
    EXPECT_EQ(outputs.read("a", position), "a long beginning");
    for (char id = 'b'; id <= 'r'; ++id) outputs.write(std::string(1, id), "text");
    outputs.write("a", "more");
    EXPECT_EQ(outputs.read("a", position), "more");
    outputs.write("a", "!");
    EXPECT_EQ(outputs.read("a", position), "!");
}

TEST(OperationOutputsTest, TellsWhoWatchesOnce) {
    OperationOutputs outputs;
    int told = 0;
    outputs.watch("a", [&] { ++told; });
    const auto other = outputs.watch("a", [&] { told += 100; });
    outputs.unwatch(other);
    outputs.write("b", "x");
    EXPECT_EQ(told, 0);
    outputs.write("a", "x");
    outputs.write("a", "y");
    EXPECT_EQ(told, 1);
}

}  // namespace
}  // namespace potd::core
