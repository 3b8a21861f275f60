#include "tests/support/core_fixture.hpp"

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class BaseServiceTest : public testing::Test, public fakes::CoreFixture {};

TEST_F(BaseServiceTest, InstallsOnce) {
    install_base();
    ASSERT_NE(bases->find("host"), nullptr);
    BaseRequest request;
    request.name = "host";
    const auto again = ask<Base>([&](auto reply) { bases->install(request, {}, reply); });
    EXPECT_EQ(again->error().kind, ErrorKind::Conflict);
}

TEST_F(BaseServiceTest, AFailedInstallLeavesTheNameFree) {
    base_store.install_error = error(ErrorKind::Unavailable, "mirror");
    install_base();
    EXPECT_EQ(bases->find("host"), nullptr);
    base_store.install_error.reset();
    install_base();
    EXPECT_NE(bases->find("host"), nullptr);
}

TEST_F(BaseServiceTest, ABaseThatCannotBeRecordedIsRemovedAgain) {
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    install_base();
    EXPECT_EQ(bases->find("host"), nullptr);
    EXPECT_TRUE(base_store.installed.empty());
}

TEST_F(BaseServiceTest, ABaseThatIsRecordedKeepsItsTreeWhenTheSyncFails) {
    BaseRequest request;
    request.name = "host";
    journal.fail_next_sync(error(ErrorKind::Internal, "disk broken"));
    const auto made = ask<Base>([&](auto reply) { bases->install(request, {}, reply); });
    EXPECT_FALSE(made->ok());
    ASSERT_NE(bases->find("host"), nullptr);
    EXPECT_FALSE(base_store.installed.empty());
    EXPECT_TRUE(create("web")->ok());
}

TEST_F(BaseServiceTest, ABaseInUseIsNotRemoved) {
    install_base();
    ASSERT_TRUE(create("web")->ok());
    const auto remove = [&] { return ask<void>([&](auto reply) { bases->remove("host", false, reply); }); };
    const auto refused = remove();
    ASSERT_FALSE(refused->ok());
    EXPECT_EQ(refused->error().message, "base host is used by web");
    ask<void>([&](auto reply) { pots->destroy("web", false, reply); });
    EXPECT_TRUE(remove()->ok());
    EXPECT_TRUE(base_store.installed.empty());
    EXPECT_EQ(remove()->error().kind, ErrorKind::NotFound);
}

TEST_F(BaseServiceTest, ABaseIsHeldWhileAPotIsBeingMadeOfIt) {
    install_base();
    PotSpec spec;
    spec.name = "web";
    spec.base = "host";
    pots->create(spec, [](const Result<PotPtr>&) {});
    Status removed;
    bases->remove("host", false, [&](Status status) { removed = std::move(status); });
    loop.run();
    EXPECT_FALSE(removed.ok());
    EXPECT_NE(pots->find("web"), nullptr);
}

TEST_F(BaseServiceTest, BasesSurviveARestart) {
    install_base();
    crash();
    EXPECT_NE(bases->find("host"), nullptr);
}

}  // namespace
}  // namespace potd::core
