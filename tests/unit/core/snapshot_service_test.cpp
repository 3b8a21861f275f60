#include "core/service/snapshot_service.hpp"

#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class SnapshotServiceTest : public testing::Test, public fakes::CoreFixture {
  protected:
    SnapshotServiceTest() {
        install_base();
        EXPECT_TRUE(create("web")->ok());
    }

    Result<Snapshot> take(const std::string& pot, const std::string& name = "", bool replace = false) {
        return *ask<Snapshot>([&](auto reply) { snapshots->take(pot, {name, replace}, reply); });
    }
    Result<PotPtr> roll_back(const std::string& snapshot = "", bool destroy_newer = false) {
        return *ask<PotPtr>([&](auto reply) {
            snapshots->roll_back("web", {snapshot, destroy_newer}, reply);
        });
    }
    Result<PotPtr> clone(SnapshotService::Cloning request) {
        return *ask<PotPtr>([&](auto reply) { snapshots->clone("web", request, reply); });
    }
    Result<PotPtr> derive(const std::string& parent, const PotSpec& spec) {
        return *ask<PotPtr>([&](auto reply) { snapshots->derive(parent, spec, reply); });
    }
    void write(const std::string& text) { files.content[pots->find("web")->id] = text; }
    std::string content(const std::string& pot) { return files.content[pots->find(pot)->id]; }
    std::vector<std::string> names() const {
        std::vector<std::string> found;
        const auto all = snapshots->list("web");
        for (const Snapshot& one : *all) found.push_back(one.name);
        return found;
    }
    std::vector<std::string> events() const {
        std::vector<std::string> types;
        for (const Event& event : journal.recorded().events) types.push_back(event.type);
        return types;
    }
    static SnapshotService::Cloning into(const std::string& name) {
        SnapshotService::Cloning request;
        request.name = name;
        return request;
    }
};

TEST_F(SnapshotServiceTest, CountsAndNamesByTime) {
    const auto first = take("web");
    ASSERT_TRUE(first);
    EXPECT_EQ(first->name, "20231114T221320Z-1");
    ASSERT_TRUE(take("web", "mine"));
    const auto third = take("web");
    EXPECT_EQ(third->key.number, 3U);
    EXPECT_EQ(names(), (std::vector<std::string>{"20231114T221320Z-1", "mine", "20231114T221320Z-3"}));
    EXPECT_EQ(snapshots->find("web", "")->key.number, 3U) << "the newest";
    EXPECT_EQ(snapshots->find("web", "2")->name, "mine");
    EXPECT_EQ(events().back(), "pot.snapshot_taken");
}

TEST_F(SnapshotServiceTest, RefusesBadAndTakenNames) {
    ASSERT_TRUE(take("web", "mine"));
    EXPECT_EQ(take("web", "mine").error().kind, ErrorKind::Conflict);
    for (const char* name : {"12", "a b", "../x", "-x", "a\nb"})
        EXPECT_EQ(take("web", name).error().kind, ErrorKind::InvalidArgument) << name;
    EXPECT_EQ(take("nobody").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(names(), std::vector<std::string>{"mine"});
    EXPECT_EQ(files.snapshots.size(), 1U);
}

TEST_F(SnapshotServiceTest, KeepsLabelsAndPurgesByThem) {
    const auto labelled = [&](const Labels& labels) {
        return *ask<Snapshot>([&](auto reply) { snapshots->take("web", {{}, false, labels}, reply); });
    };
    const Labels nightly{{"kind", "nightly"}, {"empty", ""}};
    ASSERT_TRUE(labelled(nightly));
    ASSERT_TRUE(take("web", "mine"));
    ASSERT_TRUE(labelled(nightly));
    ASSERT_TRUE(labelled({{"kind", "hourly"}}));
    EXPECT_EQ(labelled({{"", "x"}}).error().field, "labels");
    EXPECT_EQ(labelled({{"k", std::string(5000, 'x')}}).error().field, "labels.k");
    crash();
    EXPECT_EQ(snapshots->find("web", "1")->labels, nightly);
    SnapshotService::Purging purging{1, {}, {"kind", "nightly"}};
    const auto purged =
        *ask<std::vector<Snapshot>>([&](auto reply) { snapshots->purge("web", purging, reply); });
    ASSERT_TRUE(purged);
    ASSERT_EQ(purged->size(), 1U) << "the newest of those with the label stays";
    EXPECT_EQ(purged->front().key.number, 1U);
    purging = {0, {}, {"kind", {}}};
    ASSERT_TRUE(*ask<std::vector<Snapshot>>([&](auto reply) { snapshots->purge("web", purging, reply); }));
    EXPECT_EQ(names(), std::vector<std::string>{"mine"});
}

TEST_F(SnapshotServiceTest, TellsWhyASizeIsUnknown) {
    ASSERT_TRUE(take("web", "a"));
    const std::vector<Snapshot> all = *snapshots->list("web");
    const auto sizes = [&] {
        return *ask<std::vector<std::int64_t>>([&](auto reply) { snapshots->measure(all, reply); });
    };
    files.measure_error = error(ErrorKind::Internal, "input/output error");
    EXPECT_EQ(sizes().error().message, "input/output error");
    files.measure_error = error(ErrorKind::NotFound, "gone");
    EXPECT_EQ(*sizes(), std::vector<std::int64_t>{0});
}

TEST_F(SnapshotServiceTest, GoesBackToTheNewestUnlessTold) {
    write("one");
    ASSERT_TRUE(take("web", "first"));
    write("two");
    ASSERT_TRUE(take("web", "second"));
    write("three");
    ASSERT_TRUE(roll_back());
    EXPECT_EQ(content("web"), "two");
    const auto refused = roll_back("first");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(refused.error().field, "destroy_newer");
    EXPECT_NE(refused.error().message.find("second"), std::string::npos);
    ASSERT_TRUE(roll_back("first", true));
    EXPECT_EQ(content("web"), "one");
    EXPECT_EQ(names(), std::vector<std::string>{"first"});
    EXPECT_EQ(events().back(), "pot.rolled_back");
    EXPECT_EQ(roll_back("nothing").error().kind, ErrorKind::NotFound);
}

TEST_F(SnapshotServiceTest, TouchesNoPotThatRuns) {
    ASSERT_TRUE(take("web", "first"));
    ASSERT_TRUE(start("web")->ok());
    const auto refused = take("web");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_NE(refused.error().message.find("fake"), std::string::npos) << "names the driver";
    EXPECT_EQ(roll_back().error().kind, ErrorKind::Conflict);
    files.can.live_snapshots = true;
    EXPECT_TRUE(take("web", "live"));
    EXPECT_EQ(roll_back().error().kind, ErrorKind::Conflict);
}

TEST_F(SnapshotServiceTest, AStartWaitsUntilItIsThrough) {
    ASSERT_TRUE(take("web", "first"));
    std::vector<std::string> order;
    snapshots->roll_back("web", {},
                         [&](const Result<PotPtr>& done) { order.push_back(done ? "back" : "failed"); });
    pots->start("web", [&](const Result<PotPtr>& done) { order.push_back(done ? "started" : "failed"); });
    loop.run();
    EXPECT_EQ(order, (std::vector<std::string>{"back", "started"}));
    EXPECT_EQ(state("web"), PotState::Running);
}

TEST_F(SnapshotServiceTest, ADestroyWaitsAndTakesAllWithIt) {
    std::vector<std::string> order;
    snapshots->take("web", {},
                    [&](const Result<Snapshot>& done) { order.push_back(done ? "kept" : "failed"); });
    pots->destroy("web", true, [&](const Status& done) { order.push_back(done ? "gone" : "failed"); });
    snapshots->take("web", {},
                    [&](const Result<Snapshot>& done) { order.push_back(done ? "kept" : "none"); });
    loop.run();
    EXPECT_EQ(pots->find("web"), nullptr);
    EXPECT_TRUE(files.snapshots.empty());
    EXPECT_TRUE(journal.recorded().snapshots.empty());
    EXPECT_EQ(snapshots->list("web").error().kind, ErrorKind::NotFound);
    EXPECT_EQ(order.size(), 3U);
}

TEST_F(SnapshotServiceTest, ReplacesTheOldest) {
    for (const char* name : {"a", "b"}) ASSERT_TRUE(take("web", name));
    ASSERT_TRUE(take("web", "c", true));
    EXPECT_EQ(names(), (std::vector<std::string>{"b", "c"}));
    EXPECT_EQ(files.snapshots.size(), 2U);
}

TEST_F(SnapshotServiceTest, RemovesAndPurges) {
    for (const char* name : {"a", "b", "c", "d"}) {
        ASSERT_TRUE(take("web", name));
        clock.advance(std::chrono::hours(1));
    }
    ASSERT_TRUE(ask<void>([&](auto reply) { snapshots->remove("web", "2", reply); })->ok());
    EXPECT_EQ(names(), (std::vector<std::string>{"a", "c", "d"}));
    const auto purge = [&](SnapshotService::Purging what) {
        return *ask<std::vector<Snapshot>>([&](auto reply) { snapshots->purge("web", what, reply); });
    };
    EXPECT_EQ(purge({0, std::chrono::hours(3)})->size(), 1U);
    EXPECT_EQ(names(), (std::vector<std::string>{"c", "d"}));
    EXPECT_EQ(purge({})->size(), 1U);
    EXPECT_EQ(names(), std::vector<std::string>{"d"});
    EXPECT_EQ(purge({5, std::nullopt})->size(), 0U);
    EXPECT_EQ(purge({0, std::nullopt})->size(), 1U);
    EXPECT_TRUE(files.snapshots.empty());
    EXPECT_EQ(take("web")->key.number, 5U) << "no number twice";
}

TEST_F(SnapshotServiceTest, ClonesWithChanges) {
    write("one");
    ASSERT_TRUE(take("web", "first"));
    write("two");
    auto request = into("copy");
    request.change = [](PotSpec& spec) -> Status {
        spec.labels["a"] = "b";
        return {};
    };
    const auto made = clone(request);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(content("copy"), "one");
    const PotPtr copy = pots->find("copy");
    EXPECT_EQ(copy->spec.hostname, "copy");
    EXPECT_EQ(copy->spec.labels.at("a"), "b");
    EXPECT_EQ(copy->spec.command, pots->find("web")->spec.command);
    ASSERT_TRUE(copy->origin);
    EXPECT_EQ(copy->origin->pot, "web");
    EXPECT_EQ(copy->origin->snapshot, "first");
    EXPECT_EQ(clone(into("copy")).error().kind, ErrorKind::Conflict) << "the name is taken";
}

TEST_F(SnapshotServiceTest, TakesASnapshotForACloneOnlyIfAsked) {
    const auto none = clone(into("copy"));
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().kind, ErrorKind::Conflict);
    EXPECT_EQ(none.error().field, "take_snapshot");
    auto request = into("copy");
    request.take = true;
    ASSERT_TRUE(clone(request));
    EXPECT_EQ(names().size(), 1U);
    ASSERT_TRUE(clone([&] {
        auto second = into("second");
        second.take = true;
        return second;
    }()));
    EXPECT_EQ(names().size(), 1U) << "there was one";
}

TEST_F(SnapshotServiceTest, WhatIsRefusedTakesNoSnapshot) {
    ASSERT_TRUE(create("taken")->ok());
    for (const char* name : {"taken", "12", "a b"}) {
        auto request = into(name);
        request.take = true;
        EXPECT_EQ(clone(request).error().field, "name") << name;
        PotSpec spec;
        spec.name = name;
        EXPECT_EQ(derive("web", spec).error().field, "name") << name;
    }
    auto request = into("copy");
    request.take = true;
    request.change = [](PotSpec& spec) -> Status {
        spec.depends_on = {"nobody"};
        return {};
    };
    EXPECT_EQ(clone(request).error().field, "depends_on[0]");
    request.change = [](PotSpec& spec) -> Status {
        spec.name = "other";
        return {};
    };
    EXPECT_EQ(clone(request).error().field, "changes.name");
    EXPECT_EQ(names().size(), 0U);
    EXPECT_EQ(files.snapshots.size(), 0U);
}

TEST_F(SnapshotServiceTest, AClonesGroundIsThatOfItsSource) {
    ASSERT_TRUE(take("web"));
    install_base("other");
    auto request = into("copy");
    request.change = [](PotSpec& spec) -> Status {
        spec.base = "other";
        return {};
    };
    EXPECT_EQ(clone(request).error().field, "changes.base");
    EXPECT_EQ(pots->find("copy"), nullptr);
}

TEST_F(SnapshotServiceTest, APotOfAParentHasItsFilesAndASpecOfItsOwn) {
    write("packages");
    PotSpec spec;
    spec.name = "work";
    spec.level = 2;
    const auto made = derive("web", spec);
    ASSERT_TRUE(made) << made.error().message;
    EXPECT_EQ(content("work"), "packages");
    EXPECT_EQ((*made)->spec.base, "host");
    EXPECT_TRUE((*made)->spec.command.empty());
    EXPECT_FALSE((*made)->origin) << "it is no clone";
    EXPECT_EQ(names().size(), 1U) << "there was none to take the files of";
    write("newer");
    spec.name = "more";
    ASSERT_TRUE(derive("web", spec));
    EXPECT_EQ(content("more"), "packages") << "as the newest snapshot has them";
    EXPECT_TRUE(*ask<void>([&](auto reply) { pots->destroy("web", false, reply); }));
    EXPECT_EQ(content("work"), "packages");
}

TEST_F(SnapshotServiceTest, DescentFollowsTheRulesOfLevels) {
    PotSpec spec;
    spec.name = "child";
    const auto field = [&](const std::string& parent) { return derive(parent, spec).error().field; };
    EXPECT_EQ(field("nobody"), "parent");
    spec.base = "other";
    EXPECT_EQ(field("web"), "base");
    spec.base.clear();
    spec.level = 0;
    EXPECT_EQ(field("web"), "level");
    spec.type = PotType::Single;
    EXPECT_EQ(field("web"), "type");
    spec.type = PotType::Multi;
    spec.security.user_namespace = true;
    EXPECT_EQ(field("web"), "security.user_namespace");
    spec.security.user_namespace = false;
    spec.level = 2;
    ASSERT_TRUE(derive("web", spec));
    spec.name = "grandchild";
    spec.level = 1;
    EXPECT_EQ(field("child"), "level") << "level 1 wants a parent of level 1";
    spec.base = "host";
    spec.level = 2;
    const auto orphan = *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
    EXPECT_EQ(orphan.error().field, "level") << "level 2 wants a parent";
    spec.level = 0;
    spec.name = "ground";
    ASSERT_TRUE(*ask<PotPtr>([&](auto reply) { pots->create(spec, reply); }));
    spec.name = "child2";
    spec.level = 2;
    EXPECT_EQ(field("ground"), "parent");
}

TEST_F(SnapshotServiceTest, ASourceOfClonesGoesByForceOrAfterPromotion) {
    ASSERT_TRUE(take("web"));
    ASSERT_TRUE(clone(into("copy")));
    const auto destroy = [&](bool force) {
        return *ask<void>([&](auto reply) { pots->destroy("web", force, reply); });
    };
    const auto refused = destroy(false);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_NE(refused.error().message.find("copy"), std::string::npos);
    EXPECT_NE(refused.error().message.find("promote"), std::string::npos);
    const auto promoted = ask<PotPtr>([&](auto reply) { snapshots->promote("copy", reply); });
    ASSERT_TRUE(promoted->ok());
    EXPECT_FALSE(pots->find("copy")->origin);
    EXPECT_EQ(events().back(), "pot.promoted");
    EXPECT_EQ(ask<PotPtr>([&](auto reply) { snapshots->promote("copy", reply); })->error().kind,
              ErrorKind::Conflict);
    EXPECT_TRUE(destroy(false));
}

TEST_F(SnapshotServiceTest, KeepsASnapshotThatIsBeingCloned) {
    ASSERT_TRUE(take("web", "first"));
    snapshots->clone("web", into("copy"), [](const Result<PotPtr>& done) { EXPECT_TRUE(done); });
    const auto removed = ask<void>([&](auto reply) { snapshots->remove("web", "first", reply); });
    EXPECT_EQ(removed->error().kind, ErrorKind::Conflict);
    EXPECT_TRUE(ask<void>([&](auto reply) { snapshots->remove("web", "first", reply); })->ok());
}

TEST_F(SnapshotServiceTest, NeedsADriverThatCanShiftForUserNamespaces) {
    PotSpec spec;
    spec.name = "shifted";
    spec.base = "host";
    spec.security.user_namespace = true;
    ASSERT_TRUE(ask<PotPtr>([&](auto reply) { pots->create(spec, reply); })->ok());
    files.can.shifted_snapshots = false;
    const auto refused = take("shifted");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
    EXPECT_EQ(refused.error().field, "security.user_namespace");
}

TEST_F(SnapshotServiceTest, SurvivesARestart) {
    write("one");
    ASSERT_TRUE(take("web", "first"));
    ASSERT_TRUE(clone(into("copy")));
    files.snapshots[{pots->find("web")->id, 9}] = "made, but not recorded";
    crash();
    EXPECT_TRUE(complaints.empty());
    EXPECT_EQ(names(), std::vector<std::string>{"first"});
    EXPECT_EQ(files.snapshots.size(), 1U) << "what nobody was told of is swept";
    EXPECT_EQ(pots->find("copy")->origin->snapshot, "first");
    EXPECT_EQ(take("web")->key.number, 2U);
}

TEST_F(SnapshotServiceTest, LeavesNothingWhenItFails) {
    files.snapshot_error = error(ErrorKind::ResourceExhausted, "no space left on device");
    EXPECT_EQ(take("web").error().kind, ErrorKind::ResourceExhausted);
    EXPECT_TRUE(names().empty());
    files.snapshot_error.reset();
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    EXPECT_EQ(take("web").error().kind, ErrorKind::ResourceExhausted);
    EXPECT_TRUE(files.snapshots.empty());
    EXPECT_TRUE(names().empty());
    EXPECT_TRUE(start("web")->ok()) << "nobody holds the pot any more";
}

TEST_F(SnapshotServiceTest, MeasuresOnce) {
    write("four");
    ASSERT_TRUE(take("web"));
    const auto measure = [&] {
        return *ask<std::vector<std::int64_t>>(
            [&](auto reply) { snapshots->measure(*snapshots->list("web"), reply); });
    };
    EXPECT_EQ(*measure(), std::vector<std::int64_t>{4});
    files.snapshots.begin()->second = "changed behind its back";
    EXPECT_EQ(*measure(), std::vector<std::int64_t>{4});
}

}  // namespace
}  // namespace potd::core
