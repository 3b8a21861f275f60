#include "core/service/base_updates.hpp"

#include "tests/support/core_fixture.hpp"

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class BaseUpdatesTest : public testing::Test, public fakes::CoreFixture {
  protected:
    BaseUpdatesTest() {
        exec.exec_error.reset();
        flavour_files.add("update", {}, "#!/bin/sh\n");
        install("deb", true);
        write("old");
    }

    void install(const std::string& name, bool with_pot) {
        BaseRequest request;
        request.name = name;
        const auto made = ask<Base>([&](auto reply) {
            bases->install(request, {}, reply, {}, with_pot ? std::optional(PotSpec()) : std::nullopt);
        });
        EXPECT_TRUE(made && *made);
    }
    void write(const std::string& text) { files.content[pots->find("base-deb")->id] = text; }
    std::string content() { return files.content[pots->find("base-deb")->id]; }

    /// As the API does it; the answer is in `result` once there is one.
    void begin(const std::string& base = "deb", const std::vector<std::string>& wanted = {}) {
        result.reset();
        operation = operations->begin({OperationKind::UpdateBase, {}, base, {}});
        base_updates->update(
            {base, wanted, operation, {}}, [this, id = operation](const Result<Base>& answer) {
                operations->end(id, answer ? Status() : Status(answer.error()), std::nullopt);
                result = std::make_unique<Result<Base>>(answer);
            });
        loop.run();
    }
    void end_script(int exit_code) {
        exec.end(exec.executions.size() - 1, exit_code);
        loop.run();
    }
    void update(const std::string& text) {
        begin();
        write(text);
        end_script(0);
        ASSERT_TRUE(result && *result) << (result ? result->error().message : "no answer");
    }
    Error refused(const std::string& base, const std::vector<std::string>& wanted = {}) {
        begin(base, wanted);
        return result && !*result ? result->error() : Error();
    }
    PotPtr create_on(const std::string& base, const std::string& name) {
        PotSpec spec;
        spec.name = name;
        spec.base = base;
        const auto made = *ask<PotPtr>([&](auto reply) { pots->create(spec, reply); });
        return made ? *made : nullptr;
    }
    Result<Base> roll_back(std::uint32_t revision) {
        return *ask<Base>([&](auto reply) { bases->roll_back("deb", revision, reply); });
    }
    Status remove(const std::string& base, bool force = false) {
        return *ask<void>([&](auto reply) { bases->remove(base, force, reply); });
    }
    /// What is on the disk is what is known.
    void expect_whole() {
        std::set<std::string> known;
        for (const Base& base : bases->list()) {
            known.insert(base.path);
            for (const BaseRevision& other : base.others) known.insert(other.path);
        }
        EXPECT_EQ(base_store.installed, known);
        EXPECT_TRUE(files.lent.empty());
        EXPECT_THAT(complaints, IsEmpty());
        const PotPtr pot = pots->find("base-deb");
        ASSERT_TRUE(pot);
        EXPECT_FALSE(pot->unfinished);
        EXPECT_FALSE(is_live(pot->state));
    }
    OperationState state_of_operation() const { return operations->find(operation)->state; }

    std::string operation;
    std::unique_ptr<Result<Base>> result;
};

TEST_F(BaseUpdatesTest, TheBasePotsFilesBecomeTheNextRevision) {
    const PotPtr before = create_on("deb", "before");
    begin();
    ASSERT_FALSE(result) << "the script runs";
    const PotPtr during = pots->find("base-deb");
    ASSERT_TRUE(during->unfinished);
    EXPECT_EQ(during->unfinished->then, IfUnfinished::Revert);
    EXPECT_EQ(during->state, PotState::Running);
    EXPECT_EQ(create_on("deb", "meanwhile")->base_revision, 1U) << "nothing has changed yet";
    write("new");
    end_script(0);
    ASSERT_TRUE(result && *result) << result->error().message;
    EXPECT_EQ((*result)->revision, 2U);
    EXPECT_EQ(base_store.content["deb@2"], "new");
    EXPECT_EQ(create_on("deb", "after")->base_revision, 2U);
    EXPECT_EQ(pots->find("before")->base_revision, 1U);
    EXPECT_EQ(bases->ground_of(*pots->find("before"))->path, "deb");
    EXPECT_EQ(bases->ground_of(*pots->find("after"))->path, "deb@2");
    EXPECT_THAT(bases->users("deb", 1), ElementsAre("base-deb", "before", "meanwhile"));
    EXPECT_THAT(bases->users("deb", 2), ElementsAre("after"));
    EXPECT_EQ(state_of_operation(), OperationState::Done);
    EXPECT_EQ(snapshots->list("base-deb")->size(), 1U) << "revert undoes it in the base pot";
    crash();
    EXPECT_EQ(bases->find("deb")->revision, 2U);
    EXPECT_EQ(pots->find("after")->base_revision, 2U);
    expect_whole();
}

TEST_F(BaseUpdatesTest, OneThatFailsLeavesEverythingAsItWas) {
    begin();
    write("broken");
    end_script(3);
    ASSERT_TRUE(result && !*result);
    EXPECT_THAT(result->error().message, HasSubstr("exit code 3; pot base-deb is as it was before"));
    EXPECT_EQ(content(), "old");
    EXPECT_EQ(bases->find("deb")->revision, 1U);
    EXPECT_TRUE(snapshots->list("base-deb")->empty());
    EXPECT_EQ(state_of_operation(), OperationState::Failed);
    expect_whole();
    update("new");
}

TEST_F(BaseUpdatesTest, FilesThatCannotBeTakenOverUndoIt) {
    begin();
    write("new");
    base_store.install_error = error(ErrorKind::ResourceExhausted, "disk full");
    end_script(0);
    ASSERT_TRUE(result && !*result);
    EXPECT_THAT(result->error().message, HasSubstr("disk full"));
    EXPECT_EQ(content(), "old");
    expect_whole();
}

TEST_F(BaseUpdatesTest, ARevisionThatCannotBeRecordedGoesAgain) {
    base_store.hold = true;
    begin();
    write("new");
    end_script(0);
    ASSERT_FALSE(result) << "the files are being copied";
    EXPECT_EQ(operations->find(operation)->progress.unit, "bytes");
    base_store.hold = false;
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    base_store.finish();
    loop.run();
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(content(), "old");
    EXPECT_EQ(bases->find("deb")->revision, 1U);
    expect_whole();
}

TEST_F(BaseUpdatesTest, ItIsCancelledAtTheScriptAndAtTheCopy) {
    begin();
    write("half");
    ASSERT_TRUE(*ask<Operation>([&](auto reply) { operations->cancel(operation, reply); }));
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(result->error().kind, ErrorKind::Cancelled);
    EXPECT_EQ(content(), "old");
    expect_whole();
    base_store.hold = true;
    begin();
    write("new");
    end_script(0);
    ASSERT_FALSE(result);
    ASSERT_TRUE(*ask<Operation>([&](auto reply) { operations->cancel(operation, reply); }));
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(state_of_operation(), OperationState::Cancelled);
    EXPECT_EQ(content(), "old");
    expect_whole();
}

TEST_F(BaseUpdatesTest, ACrashLeavesItWholeOrAsItWas) {
    for (int steps = 0; steps < 40; ++steps) {
        const std::uint32_t before = bases->find("deb")->revision;
        write("old");
        begin();
        if (steps == 0) {
            write("half");
            crash();
            EXPECT_EQ(content(), "old");
        }
        if (pots->find("base-deb")->unfinished) {
            write("new");
            exec.end(exec.executions.size() - 1, 0);
            for (int i = 0; i < steps; ++i) loop.run_one();
            crash();
        }
        const Base* base = bases->find("deb");
        ASSERT_NE(base, nullptr);
        const bool updated = base->revision > before;
        EXPECT_EQ(content(), updated ? "new" : "old") << steps;
        if (updated) {
            EXPECT_EQ(base_store.content[base->path], "new");
        }
        EXPECT_NE(state_of_operation(), OperationState::Running) << steps;
        expect_whole();
        if (HasFailure()) return;
    }
    EXPECT_GT(bases->find("deb")->revision, 1U) << "some came through";
}

TEST_F(BaseUpdatesTest, WithoutABasePotOneIsMadeForIt) {
    install("plain", false);
    begin("plain");
    ASSERT_FALSE(result);
    const PotPtr during = pots->find("base-plain");
    ASSERT_TRUE(during && during->unfinished);
    EXPECT_EQ(during->spec.base, "plain");
    files.content[during->id] = "new";
    end_script(0);
    ASSERT_TRUE(result && *result) << result->error().message;
    EXPECT_EQ(pots->find("base-plain"), nullptr);
    EXPECT_EQ(bases->find("plain")->revision, 2U);
    EXPECT_EQ(base_store.content["plain@2"], "new");
    EXPECT_EQ(state_of_operation(), OperationState::Done);
    begin("plain");
    crash();
    EXPECT_EQ(pots->find("base-plain"), nullptr);
    EXPECT_EQ(bases->find("plain")->revision, 2U);
    expect_whole();
}

TEST_F(BaseUpdatesTest, RefusesWhatCannotBe) {
    EXPECT_EQ(refused("none").kind, ErrorKind::NotFound);
    EXPECT_EQ(refused("deb", {"missing"}).kind, ErrorKind::NotFound);
    BaseRequest host;
    host.name = "host";
    host.source = BaseSource::Host;
    ask<Base>([&](auto reply) { bases->install(host, {}, reply); });
    EXPECT_EQ(refused("host").kind, ErrorKind::Unsupported);
    ASSERT_TRUE(start("base-deb")->ok());
    EXPECT_THAT(refused("deb").message, HasSubstr("stop it before it is updated"));
    ASSERT_TRUE(stop("base-deb")->ok());
    expect_whole();
}

TEST_F(BaseUpdatesTest, MeanwhileNobodyElseChangesTheBase) {
    begin();
    const std::string first = operation;
    EXPECT_EQ(refused("deb").kind, ErrorKind::Conflict);
    EXPECT_EQ(remove("deb", true).error().kind, ErrorKind::Conflict);
    EXPECT_EQ(roll_back(1).error().kind, ErrorKind::Conflict);
    const Result<Snapshot> taken = snapshots->find("base-deb", "");
    ASSERT_TRUE(taken);
    const auto removed = ask<void>([&](auto reply) { snapshots->remove("base-deb", taken->name, reply); });
    EXPECT_EQ(removed->error().kind, ErrorKind::Conflict) << "what it would go back to";
    operation = first;
    end_script(0);
    EXPECT_EQ(bases->find("deb")->revision, 2U);
}

TEST_F(BaseUpdatesTest, RevisionsGoWhenNobodyNeedsThem) {
    ASSERT_TRUE(create_on("deb", "first"));
    update("two");
    ASSERT_TRUE(create_on("deb", "second"));
    update("three");
    update("four");
    EXPECT_THAT(base_store.installed, ElementsAre("deb", "deb@2", "deb@3", "deb@4"));
    ASSERT_TRUE(*ask<void>([&](auto reply) { pots->destroy("second", false, reply); }));
    EXPECT_THAT(base_store.installed, ElementsAre("deb", "deb@3", "deb@4")) << "3 was the one before";
    update("five");
    EXPECT_THAT(base_store.installed, ElementsAre("deb", "deb@4", "deb@5"));
    crash();
    expect_whole();
    ASSERT_TRUE(*ask<void>([&](auto reply) { pots->destroy("first", false, reply); }));
    EXPECT_THAT(bases->users("deb", 1), ElementsAre("base-deb"));
    ASSERT_TRUE(remove("deb"));
    EXPECT_THAT(base_store.installed, IsEmpty());
}

TEST_F(BaseUpdatesTest, ClonesStayOnTheGroundOfTheirSource) {
    ASSERT_TRUE(create_on("deb", "first"));
    ASSERT_TRUE(*ask<Snapshot>([&](auto reply) { snapshots->take("first", {}, reply); }));
    update("two");
    SnapshotService::Cloning request;
    request.name = "copy";
    const auto copy = *ask<PotPtr>([&](auto reply) { snapshots->clone("first", request, reply); });
    ASSERT_TRUE(copy);
    EXPECT_EQ((*copy)->base_revision, 1U);
}

TEST_F(BaseUpdatesTest, AnEarlierOneIsPutBack) {
    update("two");
    const auto back = roll_back(1);
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(create_on("deb", "web")->base_revision, 1U);
    EXPECT_EQ(content(), "two") << "the base pot stays as it is";
    crash();
    EXPECT_EQ(bases->find("deb")->revision, 1U);
    const auto forward = roll_back(2);
    ASSERT_TRUE(forward);
    EXPECT_EQ(forward->revision, 2U);
    const auto missing = roll_back(9);
    EXPECT_EQ(missing.error().kind, ErrorKind::NotFound);
    EXPECT_EQ(missing.error().field, "revision");
    update("three");
    EXPECT_EQ(bases->find("deb")->revision, 3U) << "numbers are not used twice";
}

}  // namespace
}  // namespace potd::core
