#include "daemon/platform/posix/pooled_process_lister.hpp"

#include "tests/fakes/manual_loop.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

using Rows = std::vector<core::ProcessRow>;

core::RunKey run_of(const std::string& name) {
    return {{name}, 1};
}

/// Each reading finds one process more: the first finds one.
class PooledProcessListerTest : public ::testing::Test {
  protected:
    void list(const std::string& name) {
        lister_->list(run_of(name), [this, name](const core::Result<Rows>& rows) {
            told_ += name + (rows ? std::to_string(rows->size()) : rows.error().message) + " ";
        });
    }

    fakes::ManualExecutor pool_;
    std::string read_, told_;
    std::size_t readings_ = 0;
    std::unique_ptr<PooledProcessLister> lister_ =
        std::make_unique<PooledProcessLister>(pool_, [this](const core::RunKey& key) -> core::Result<Rows> {
            read_ += key.pot.text;
            if (key.pot.text == "gone") return core::error(core::ErrorKind::NotFound, "!");
            return Rows(++readings_);
        });
};

TEST_F(PooledProcessListerTest, ReadsNothingBeforeThePoolDoes) {
    list("a");
    EXPECT_EQ(read_, "") << "the loop waits for nobody";
    pool_.run();
    EXPECT_EQ(told_, "a1 ");
    list("gone");
    pool_.run();
    EXPECT_EQ(told_, "a1 gone! ");
}

TEST_F(PooledProcessListerTest, OneReadingIsForAllThatWaitForIt) {
    for (const char* name : {"a", "b", "a", "b", "b"}) list(name);
    EXPECT_EQ(pool_.queued(), 1U) << "one run at a time";
    pool_.run();
    EXPECT_EQ(read_, "aba") << "what was asked after a's first reading began is not told what that found";
    EXPECT_EQ(told_, "a1 b2 b2 b2 a3 ");
}

TEST_F(PooledProcessListerTest, TellsNobodyAfterItsEnd) {
    list("a");
    list("b");
    lister_.reset();
    pool_.run();
    EXPECT_EQ(told_, "");
    EXPECT_EQ(read_, "a") << "it had begun";
}

TEST_F(PooledProcessListerTest, MayBeDestroyedByWhoIsTold) {
    lister_->list(run_of("a"), [this](const core::Result<Rows>&) { lister_.reset(); });
    list("a");
    pool_.run();
    EXPECT_EQ(told_, "");
}

}  // namespace
}  // namespace potd::platform
