#include "storage/sqlite/details.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

using Details = std::map<std::string, std::string>;

TEST(DetailsTest, WritesALinePerEntry) {
    EXPECT_EQ(encode_details({{"signal", "9"}, {"reason", "killed"}}), "reason\tkilled\nsignal\t9\n");
}

TEST(DetailsTest, GivesBackAnyBytes) {
    std::string all;
    for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
    const Details details{{"", ""}, {"all", all}, {all, "key"}, {"\\t", "\\\\"}};
    EXPECT_EQ(decode_details(encode_details(details)), details);
}

TEST(DetailsTest, ReadsWhatItDoesNotWrite) {
    EXPECT_EQ(decode_details(""), Details{});
    EXPECT_EQ(decode_details("key"), (Details{{"key", ""}}));
    EXPECT_EQ(decode_details("a\tb\\"), (Details{{"a", "b\\"}}));
}

}  // namespace
}  // namespace potd::storage
