#include "daemon/platform/posix/serial_executor.hpp"

#include "tests/fakes/manual_loop.hpp"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace potd::platform {
namespace {

TEST(SerialExecutorTest, BeginsAPieceAfterTheOneBefore) {
    fakes::ManualExecutor pool;
    SerialExecutor order(pool);
    std::string seen;
    for (const char* name : {"a", "b", "c"}) {
        order.blocking([&seen, name] { seen += std::string("[") + name; },
                       [&seen, name] { seen += std::string(name) + "]"; });
    }
    EXPECT_EQ(pool.queued(), 1U) << "one at a time";
    pool.run();
    EXPECT_EQ(seen.size(), 12U);
    EXPECT_LT(seen.find("[a"), seen.find("[b"));
    EXPECT_LT(seen.find("[b"), seen.find("[c"));
    EXPECT_LT(seen.find("a]"), seen.find("b]"));
    order.blocking([&seen] { seen += "again"; }, [] {});
    pool.run();
    EXPECT_TRUE(seen.ends_with("again"));
}

TEST(SerialExecutorTest, DropsWhatHasNotBegunAtItsEnd) {
    fakes::ManualExecutor pool;
    std::string seen;
    {
        SerialExecutor order(pool);
        order.blocking([&] { seen += "work"; }, [&] { seen += "done"; });
        order.blocking([&] { seen += "other"; }, [] {});
    }
    pool.run();
    EXPECT_EQ(seen, "work");
}

TEST(SerialExecutorTest, MayBeDestroyedByWhoIsTold) {
    fakes::ManualExecutor pool;
    auto order = std::make_unique<SerialExecutor>(pool);
    bool other = false;
    order->blocking([] {}, [&] { order.reset(); });
    order->blocking([&] { other = true; }, [] {});
    pool.run();
    EXPECT_EQ(order, nullptr);
    EXPECT_TRUE(other) << "it had begun";
}

}  // namespace
}  // namespace potd::platform
