#include "client/text/decimal.hpp"

#include <gtest/gtest.h>

namespace potd::client {
namespace {

TEST(DecimalTest, ReadsWholeAndBrokenNumbers) {
    EXPECT_EQ(decimal("1.5"), 1.5);
    EXPECT_EQ(decimal("2"), 2.0);
    EXPECT_EQ(decimal("-0.25"), -0.25);
    EXPECT_EQ(decimal("2e3"), 2000.0);
}

TEST(DecimalTest, TakesNothingButAWholeNumber) {
    for (const char* text : {"", "1.5x", " 1", "1 ", "0x10", "inf", "nan", "1,5", "e", "1e", "."})
        EXPECT_EQ(decimal(text), std::nullopt) << text;
}

}  // namespace
}  // namespace potd::client
