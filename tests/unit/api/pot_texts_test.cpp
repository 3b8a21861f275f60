#include "api/convert/pot_texts.hpp"

#include "tests/support/core_fixture.hpp"

#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

class PotTextsTest : public ::testing::Test {
  protected:
    static core::PotPtr made(const std::string& name, std::size_t size = 1) {
        core::Pot pot;
        pot.id = {name};
        pot.spec.name = name;
        pot.spec.labels["padding"] = std::string(size, 'x');
        return std::make_shared<const core::Pot>(std::move(pot));
    }

    fakes::CoreFixture heart;
    api::PotTexts texts{*heart.pots, heart.secrets};
};

TEST_F(PotTextsTest, TheSamePotIsTheSameText) {
    const core::PotPtr pot = made("web");
    const api::PotTexts::Text text = texts.text(pot);
    EXPECT_EQ(texts.text(pot), text);
    EXPECT_EQ(texts.bytes(), text->size());
}

TEST_F(PotTextsTest, AChangedPotTakesThePlaceOfItself) {
    const core::PotPtr pot = made("web", 10'000);
    const api::PotTexts::Text before = texts.text(pot);
    core::Pot changed = *pot;
    changed.spec.labels.clear();
    const api::PotTexts::Text after = texts.text(std::make_shared<const core::Pot>(changed));
    EXPECT_LT(after->size(), before->size());
    EXPECT_EQ(texts.bytes(), after->size());
}

/// Ten thousand pots are to leave room for others.
TEST_F(PotTextsTest, WhatWasNotAskedForLongestGoesFirst) {
    const core::PotPtr first = made("first");
    const api::PotTexts::Text text = texts.text(first);
    const core::PotPtr second = made("second");
    const api::PotTexts::Text forgotten = texts.text(second);
    for (int i = 0; i < 12; ++i) {
        EXPECT_GT(texts.text(made("big" + std::to_string(i), 500'000))->size(), 500'000U);
        EXPECT_LE(texts.bytes(), api::PotTexts::kept);
        EXPECT_EQ(texts.text(first), text) << "it is asked for again and again";
    }
    EXPECT_GT(texts.bytes(), api::PotTexts::kept / 2);
    EXPECT_NE(texts.text(second), forgotten);
    EXPECT_EQ(*texts.text(second), *forgotten);
}

TEST_F(PotTextsTest, OneLargerThanAllThatIsKeptIsStillWritten) {
    const core::PotPtr pot = made("web", api::PotTexts::kept);
    EXPECT_GT(texts.text(pot)->size(), api::PotTexts::kept);
    EXPECT_EQ(texts.bytes(), 0U);
}

}  // namespace
}  // namespace potd::test
