#include "storage/sqlite/state_reader.hpp"

#include "storage/sqlite/batch_recorder.hpp"
#include "storage/sqlite/schema.hpp"
#include "tests/support/plain_spec_codec.hpp"
#include "tests/support/records.hpp"
#include "tests/support/temp_dir.hpp"

#include <string>

#include <gtest/gtest.h>

namespace potd::storage {
namespace {

class StateReaderTest : public testing::Test {
  protected:
    void SetUp() override {
        ChangeSet set;
        set.changes.emplace_back(core::PutPot{test::make_pot("00000000000a", "web")});
        auto recorder = BatchRecorder::make(database_, test::plain_spec_codec());
        ASSERT_TRUE(recorder);
        ASSERT_EQ(recorder->record({&set, 1}), 1U);
    }
    std::string complaint() {
        const auto state = read_state(database_, test::plain_spec_codec());
        EXPECT_FALSE(state);
        return state ? "" : state.error().message;
    }

    test::TempDir dir_;
    Database database_ = open_store(dir_ / "potd.db").value();
};

TEST_F(StateReaderTest, NamesThePotWhoseSpecDoesNotDecode) {
    ASSERT_TRUE(database_.execute("UPDATE pots SET spec = '{broken'"));
    EXPECT_NE(complaint().find("pot web (00000000000a): stored spec: line 1"), std::string::npos)
        << complaint();
}

TEST_F(StateReaderTest, NamesThePotOfAnUnknownState) {
    ASSERT_TRUE(database_.execute("UPDATE pots SET state = 'dancing'"));
    EXPECT_NE(complaint().find("pot web (00000000000a): stored state \"dancing\""), std::string::npos);
}

TEST_F(StateReaderTest, OnlyTheNewestRunsAreKept) {
    auto recorder = BatchRecorder::make(database_, test::plain_spec_codec(), 2);
    ASSERT_TRUE(recorder);
    for (std::uint32_t number = 1; number <= 5; ++number) {
        core::Run run = test::make_run(number);
        run.hooks = {{core::HookStage::Prestart, 0, 1, {5}, {}}};
        ChangeSet set;
        set.changes.emplace_back(core::PutRun{{"00000000000a"}, run});
        ASSERT_EQ(recorder->record({&set, 1}), 1U);
    }
    const auto rows = [&](const char* table) {
        std::int64_t count = 0;
        EXPECT_TRUE((*database_.statement("SELECT count(*) FROM " + std::string(table)))
                        ->each([&](const Statement& row) -> core::Status {
                            count = row.integer(0);
                            return {};
                        }));
        return count;
    };
    EXPECT_EQ(rows("runs"), 2);
    EXPECT_EQ(rows("run_hooks"), 2);
    EXPECT_EQ(read_state(database_, test::plain_spec_codec())->pots.at(0).run->number, 5U);
}

TEST_F(StateReaderTest, TheColumnDecidesTheName) {
    ASSERT_TRUE(database_.execute("UPDATE pots SET name = 'www'"));
    const auto state = read_state(database_, test::plain_spec_codec());
    ASSERT_TRUE(state);
    EXPECT_EQ(state->pots.at(0).spec.name, "www");
}

}  // namespace
}  // namespace potd::storage
