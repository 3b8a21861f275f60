#include "core/service/bases_of_pots.hpp"

#include "tests/support/core_fixture.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::HasSubstr;

class BasesOfPotsTest : public testing::Test, public fakes::CoreFixture {
  protected:
    BasesOfPotsTest() {
        install_base();
        EXPECT_TRUE(create("web")->ok());
        write("files");
    }
    void write(const std::string& text) { files.content[pots->find("web")->id] = text; }
    Result<Base> install(const BasesOfPots::Asked& asked) {
        return *ask<Base>([&](auto reply) { bases_of_pots->install(asked, {}, reply); });
    }
    std::string field(const BasesOfPots::Asked& asked) {
        const auto refused = install(asked);
        return refused ? "" : refused.error().field;
    }
    Result<Snapshot> take(const std::string& name) {
        return *ask<Snapshot>([&](auto reply) { snapshots->take("web", {name, false}, reply); });
    }
};

TEST_F(BasesOfPotsTest, ThePresentFilesOfAPotThatRests) {
    const auto made = install({"web-base", "web", {}});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->source, BaseSource::Pot);
    EXPECT_EQ(made->origin, "web");
    EXPECT_EQ(base_store.content["web-base"], "files");
    EXPECT_TRUE(files.lent.empty()) << "given back";
    PotSpec spec;
    spec.name = "second";
    spec.base = "web-base";
    EXPECT_TRUE(*ask<PotPtr>([&](auto reply) { pots->create(spec, reply); }));
    EXPECT_TRUE(start("web")->ok()) << "nothing holds it any more";
}

TEST_F(BasesOfPotsTest, OfOneThatRunsASnapshotOnly) {
    ASSERT_TRUE(take("first"));
    write("newer");
    ASSERT_TRUE(start("web")->ok());
    const auto refused = install({"web-base", "web", {}});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(refused.error().field, "pot");
    EXPECT_THAT(refused.error().message, HasSubstr("stop it, or name a snapshot"));
    const auto made = install({"web-base", "web", "first"});
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(made->origin, "web@first");
    EXPECT_EQ(base_store.content["web-base"], "files");
}

TEST_F(BasesOfPotsTest, TheNewestSnapshotNeedsNoName) {
    EXPECT_EQ(field({"x", "web", "newest"}), "snapshot") << "there is none";
    ASSERT_TRUE(take("one"));
    write("second");
    ASSERT_TRUE(take("two"));
    write("third");
    ASSERT_TRUE(install({"x", "web", "newest"}));
    EXPECT_EQ(base_store.content["x"], "second");
    ASSERT_TRUE(install({"y", "web", "1"}));
    EXPECT_EQ(base_store.content["y"], "files");
}

TEST_F(BasesOfPotsTest, RefusesByTheField) {
    EXPECT_EQ(field({"", "web", {}}), "name");
    EXPECT_EQ(field({"host", "web", {}}), "name") << "taken";
    EXPECT_EQ(field({"x", "none", {}}), "pot");
    EXPECT_EQ(field({"x", "web", "none"}), "snapshot");
    EXPECT_EQ(field({"x", "web", ""}), "snapshot");
    PotSpec spec;
    spec.name = "shifted";
    spec.base = "host";
    spec.security.user_namespace = true;
    ASSERT_TRUE(*ask<PotPtr>([&](auto reply) { pots->create(spec, reply); }));
    EXPECT_EQ(field({"x", "shifted", {}}), "pot");
    EXPECT_TRUE(files.lent.empty());
}

TEST_F(BasesOfPotsTest, MeanwhileThePotStandsStillAndItsBaseStays) {
    base_store.hold = true;
    std::optional<Result<Base>> made;
    bases_of_pots->install({"web-base", "web", {}}, {}, [&](Result<Base> base) { made = std::move(base); });
    loop.run();
    std::optional<Result<PotPtr>> started;
    pots->start("web", [&](Result<PotPtr> pot) { started = std::move(pot); });
    loop.run();
    EXPECT_FALSE(started);
    const Status removed = *ask<void>([&](auto reply) { bases->remove("host", false, reply); });
    EXPECT_EQ(removed.error().kind, ErrorKind::Conflict);
    base_store.finish();
    loop.run();
    EXPECT_TRUE(made && *made);
    EXPECT_TRUE(started && *started);
}

TEST_F(BasesOfPotsTest, ASnapshotInUseStays) {
    ASSERT_TRUE(take("first"));
    base_store.hold = true;
    std::optional<Result<Base>> made;
    bases_of_pots->install({"web-base", "web", "first"}, {},
                           [&](Result<Base> base) { made = std::move(base); });
    loop.run();
    const auto remove = [&] {
        return *ask<void>([&](auto reply) { snapshots->remove("web", "first", reply); });
    };
    EXPECT_EQ(remove().error().kind, ErrorKind::Conflict);
    bases->cancel_install("web-base");
    loop.run();
    EXPECT_EQ((*made).error().kind, ErrorKind::Cancelled);
    EXPECT_TRUE(files.lent.empty());
    EXPECT_TRUE(remove());
    EXPECT_EQ(bases->find("web-base"), nullptr);
}

TEST_F(BasesOfPotsTest, WithABasePotOfItsOwn) {
    const auto made = ask<Base>([&](auto reply) {
        bases_of_pots->install({"x", "web", {}}, {}, reply, {}, PotSpec{});
    });
    ASSERT_TRUE(made->ok());
    EXPECT_NE(pots->find("base-x"), nullptr);
}

}  // namespace
}  // namespace potd::core
