#include "core/service/flavour_service.hpp"

#include "tests/support/core_fixture.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::core {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FlavourServiceTest : public testing::Test, public fakes::CoreFixture {
  protected:
    FlavourServiceTest() {
        install_base();
        exec.exec_error.reset();
    }

    static PotSpec plain(const std::string& name = "web") {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        spec.command = {"/bin/serve"};
        spec.user = "www";
        return spec;
    }

    /// As the API does it; the answer is in `result` once there is one.
    void make(const std::vector<std::string>& wanted, bool keep = false, const PotSpec& spec = plain(),
              std::optional<std::string> parent = {}) {
        result.reset();
        operation = operations->begin({OperationKind::Create, spec.name, {}, {}});
        flavours->create({wanted, keep, operation}, spec, std::move(parent), take_result());
        loop.run();
    }
    Reply<PotPtr> take_result() {
        return [this, id = operation](const Result<PotPtr>& answer) {
            operations->end(id, answer ? Status() : Status(answer.error()), std::nullopt);
            result = std::make_unique<Result<PotPtr>>(answer);
        };
    }
    /// The script that runs now ends.
    void end_script(int exit_code) {
        exec.end(exec.executions.size() - 1, exit_code);
        loop.run();
    }
    [[nodiscard]] bool is_gone(const std::string& name = "web") const {
        return !pots->find(name) && files.exist.empty() && runtime.runs.empty() &&
               journal.recorded().load().pots.empty();
    }
    [[nodiscard]] OperationState state_of_operation() const { return operations->find(operation)->state; }
    [[nodiscard]] std::string printed() const {
        std::uint64_t position = 0;
        return outputs->read(operation, position);
    }
    [[nodiscard]] std::vector<std::string> events() const {
        std::vector<std::string> types;
        for (const Event& event : journal.recorded().events)
            if (event.type.starts_with("pot.")) types.push_back(event.type);
        return types;
    }

    std::string operation;
    std::unique_ptr<Result<PotPtr>> result;
};

TEST_F(FlavourServiceTest, CommandsChangeTheSpecAndCopy) {
    flavour_files.add("web",
                      "set-env -E A=1\ncopy-in-flv -s web.d/local -d /root\ncopy-in -s /etc/hosts -d /etc\n");
    flavour_copies.pieces = {"tar"};
    make({"web"});
    ASSERT_TRUE(result && *result) << (result ? result->error().message : "no answer");
    const PotPtr pot = pots->find("web");
    EXPECT_EQ(pot->spec.env, (std::vector<EnvVar>{{"A", "1"}}));
    EXPECT_FALSE(pot->unfinished);
    EXPECT_EQ(pot->state, PotState::Created);
    EXPECT_TRUE(runtime.calls.empty()) << "nothing was started";
    ASSERT_EQ(flavour_copies.places.size(), 2U);
    EXPECT_EQ(flavour_copies.places[0].root.path, "/flavours") << "nothing leads out of there";
    EXPECT_EQ(flavour_copies.places[0].path, "/web.d/local");
    EXPECT_EQ(flavour_copies.places[1].root.path, "/");
    EXPECT_EQ(flavour_copies.copies[0].place.path, "/root");
    EXPECT_EQ(flavour_copies.received, "tartar");
    EXPECT_EQ(state_of_operation(), OperationState::Done);
    EXPECT_THAT(events(), ElementsAre("pot.created", "pot.finished"));
}

TEST_F(FlavourServiceTest, ADestinationThatIsNoDirectoryIsTheName) {
    flavour_files.add("web", "copy-in-flv -c -s a -d /opt/b\n");
    Error missing = error(ErrorKind::NotFound, "/opt/b: there is no such file or directory in the pot");
    missing.field = "path";
    flavour_copies.bad_places["/opt/b"] = missing;
    make({"web"});
    ASSERT_TRUE(*result) << result->error().message;
    ASSERT_EQ(flavour_copies.copies.size(), 2U);
    EXPECT_EQ(flavour_copies.copies[1].place.path, "/opt");
    EXPECT_EQ(flavour_copies.copies[1].rename, "b");
    EXPECT_TRUE(flavour_copies.copies[1].make_parents);
}

TEST_F(FlavourServiceTest, TheScriptRunsAsRootInAPotThatIsStartedForIt) {
    flavour_files.add("web", "set-env -E A=1\n", "#!/bin/sh\n");
    make({"web"});
    ASSERT_FALSE(result) << "the script runs";
    const PotPtr during = pots->find("web");
    ASSERT_TRUE(during->unfinished);
    EXPECT_EQ(during->state, PotState::Running);
    EXPECT_TRUE(during->spec.command.empty());
    EXPECT_EQ(during->unfinished->spec.command, std::vector<std::string>{"/bin/serve"});
    const auto& execution = *exec.executions.at(0);
    EXPECT_THAT(execution.request.command, ElementsAre("/tmp/web.sh", "web"));
    EXPECT_EQ(flavour_copies.copies.at(0).place.path, "/tmp");
    EXPECT_THAT(flavour_copies.received, HasSubstr("#!/bin/sh\n"));
    execution.output(Stream::Stderr, "hello\n");
    EXPECT_THAT(printed(), HasSubstr("===> script web.sh\nhello\n"));
    EXPECT_EQ(operations->find(operation)->progress.message, "web: script");
    end_script(0);
    ASSERT_TRUE(result && *result) << result->error().message;
    const PotPtr pot = pots->find("web");
    EXPECT_EQ(pot->state, PotState::Stopped);
    EXPECT_EQ(pot->spec.command, std::vector<std::string>{"/bin/serve"}) << "its attributes as before";
    EXPECT_EQ(pot->spec.user, "www");
    EXPECT_FALSE(pot->unfinished);
    EXPECT_TRUE(exec.executions.at(0)->session.expired());
    EXPECT_TRUE(runtime.runs.empty());
}

TEST_F(FlavourServiceTest, SeveralInOrder) {
    flavour_files.add("one", "set-env -E A=1\n", "1");
    flavour_files.add("two", "set-env -E A=2\n", "2");
    make({"one", "two"});
    EXPECT_EQ(pots->find("web")->spec.env[0].value, "1") << "the second has not begun";
    end_script(0);
    EXPECT_EQ(pots->find("web")->spec.env[0].value, "2");
    EXPECT_THAT(exec.executions.at(1)->request.command, ElementsAre("/tmp/two.sh", "web"));
    end_script(0);
    ASSERT_TRUE(result && *result);
}

TEST_F(FlavourServiceTest, MistakesAreFoundBeforeAnythingIsMade) {
    flavour_files.add("good", "set-env -E A=1\n", "x");
    flavour_files.add("bad", "# \nmount-in -z a/b -w -m /x\n");
    flavour_files.add("worse", "set-env -E A=1\nset-env -E 1A=1\n");
    flavour_files.add("needy", "add-dep -P nobody\n");
    const auto refused = [&](const std::string& flavour, ErrorKind kind, const std::string& word) {
        make({"good", flavour});
        ASSERT_TRUE(result && !*result) << flavour;
        EXPECT_EQ(result->error().kind, kind) << result->error().message;
        EXPECT_THAT(result->error().message, HasSubstr(word));
        EXPECT_TRUE(is_gone()) << flavour;
        EXPECT_FALSE(operations->find(operation)) << "nothing was begun";
    };
    refused("bad", ErrorKind::Unsupported, "/flavours/bad:2: mount-in: ");
    EXPECT_EQ(result->error().field, "flavours[1]");
    refused("worse", ErrorKind::InvalidArgument, "/flavours/worse:2: env");
    refused("needy", ErrorKind::InvalidArgument, "/flavours/needy:1: ");
    refused("missing", ErrorKind::NotFound, "missing");
    refused("../x", ErrorKind::InvalidArgument, "flavours[1]");
    EXPECT_THAT(events(), IsEmpty());
    make(std::vector<std::string>(33, "good"));
    EXPECT_THAT(result->error().message, HasSubstr("at most 32"));
    PotSpec bad = plain();
    bad.limits.memory = -1;
    make({"good"}, false, bad);
    EXPECT_THAT(result->error().message, HasSubstr("limits.memory")) << "not blamed on a flavour";
}

TEST_F(FlavourServiceTest, AScriptThatFailsTakesThePotAlong) {
    flavour_files.add("web", {}, "x");
    make({"web"});
    end_script(3);
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(result->error().message,
              "flavour web: script web.sh has failed: exit code 3; pot web was destroyed");
    EXPECT_TRUE(is_gone());
    EXPECT_EQ(state_of_operation(), OperationState::Failed);
    const auto stored = journal.recorded().load().operations;
    ASSERT_EQ(stored.size(), 1U);
    EXPECT_EQ(stored[0].operation.state, OperationState::Failed);
}

TEST_F(FlavourServiceTest, WhatFailedCanBeKept) {
    flavour_files.add("web", "set-env -E A=1\n", "x");
    make({"web"}, true);
    end_script(1);
    ASSERT_TRUE(result && !*result);
    EXPECT_THAT(result->error().message, HasSubstr("pot web is kept as it is"));
    const PotPtr pot = pots->find("web");
    ASSERT_TRUE(pot);
    EXPECT_EQ(pot->state, PotState::Stopped);
    EXPECT_FALSE(pot->unfinished);
    EXPECT_EQ(pot->spec.command, std::vector<std::string>{"/bin/serve"});
    EXPECT_TRUE(start("web")->ok());
}

TEST_F(FlavourServiceTest, EveryStepMayFail) {
    flavour_files.add("web", "copy-in -s /a -d /b\n", "x");
    const auto undone = [&](const std::string& word) {
        ASSERT_TRUE(result && !*result) << word;
        EXPECT_THAT(result->error().message, HasSubstr(word));
        EXPECT_TRUE(is_gone()) << word;
        EXPECT_EQ(state_of_operation(), OperationState::Failed);
    };
    flavour_copies.bad_sources["/a"] = error(ErrorKind::NotFound, "in the pot");
    make({"web"});
    undone(
        "/flavours/web:1: copy-in: /a: there is no such file or directory on the host; pot web was "
        "destroyed");
    flavour_copies.bad_sources.clear();
    flavour_copies.bad_places["/b"] = error(ErrorKind::ResourceExhausted, "No space left");
    make({"web"});
    undone("/flavours/web:1: copy-in: No space left");
    flavour_copies.bad_places.clear();
    flavour_copies.bad_places["/tmp"] = error(ErrorKind::ResourceExhausted, "No space left");
    make({"web"});
    undone("flavour web: web.sh: No space left");
    flavour_copies.bad_places.clear();
    exec.exec_error = error(ErrorKind::InvalidArgument, "no such interpreter");
    make({"web"});
    undone("flavour web: script web.sh: no such interpreter");
    exec.exec_error.reset();
    runtime.start_at_once = false;
    make({"web"});
    runtime.fail_launch(key("web"), error(ErrorKind::ResourceExhausted, "no more pids"));
    loop.run();
    undone("could not be started for web.sh");
    runtime.start_at_once = true;
    files.create_error = error(ErrorKind::ResourceExhausted, "disk full");
    make({"web"});
    ASSERT_TRUE(result && !*result);
    EXPECT_THAT(result->error().message, HasSubstr("disk full"));
}

TEST_F(FlavourServiceTest, NobodyElseStartsOrChangesAnUnfinishedPot) {
    flavour_files.add("web", {}, "x");
    make({"web"});
    const auto refused = [](const auto& answer) {
        ASSERT_TRUE(answer && !*answer);
        EXPECT_EQ(answer->error().kind, ErrorKind::Conflict);
        EXPECT_THAT(answer->error().message, HasSubstr("is being made"));
    };
    refused(start("web"));
    refused(ask<PotPtr>([&](auto reply) { pots->restart("web", {}, reply); }));
    refused(ask<PotPtr>([&](auto reply) { pots->pause("web", reply); }));
    refused(ask<Snapshot>([&](auto reply) { snapshots->take("web", {}, reply); }));
    PotPatch patch;
    patch.apply = [](PotSpec& spec) {
        spec.prunable = true;
        return Status();
    };
    refused(ask<PotPtr>([&](auto reply) { pots->change("web", patch, reply); }));
    const auto destroyed = ask<PotPtr>([&](auto reply) {
        pots->destroy("web", false, [reply](const Status& gone) { reply(Result<PotPtr>(gone.error())); });
    });
    refused(destroyed);
    end_script(0);
    EXPECT_TRUE(result && *result);
    EXPECT_TRUE(start("web")->ok());
}

TEST_F(FlavourServiceTest, OneThatIsStoppedOrDestroyedFails) {
    flavour_files.add("web", {}, "x");
    make({"web"});
    EXPECT_TRUE(stop("web")->ok());
    end_script(137);
    ASSERT_TRUE(result && !*result);
    EXPECT_TRUE(is_gone());
    make({"web"});
    ask<PotPtr>([&](auto reply) { pots->destroy("web", true, [reply](const Status&) { reply(PotPtr()); }); });
    end_script(137);
    ASSERT_TRUE(result && !*result);
    EXPECT_TRUE(is_gone());
}

TEST_F(FlavourServiceTest, WhatIsDestroyedIsNotKept) {
    flavour_files.add("web", {}, "x");
    make({"web"}, true);
    ask<PotPtr>([&](auto reply) { pots->destroy("web", true, [reply](const Status&) { reply(PotPtr()); }); });
    end_script(137);
    ASSERT_TRUE(result && !*result);
    EXPECT_THAT(result->error().message, HasSubstr("pot web was destroyed"));
    EXPECT_TRUE(is_gone());
    EXPECT_EQ(state_of_operation(), OperationState::Failed);
}

TEST_F(FlavourServiceTest, CanBeCancelled) {
    flavour_files.add("web", {}, "x");
    make({"web"});
    EXPECT_TRUE(OperationService::can_cancel(*operations->find(operation)));
    const auto ended = ask<Operation>([&](auto reply) { operations->cancel(operation, reply); });
    ASSERT_TRUE(ended && *ended);
    EXPECT_EQ((*ended)->state, OperationState::Cancelled);
    EXPECT_TRUE(is_gone());
    EXPECT_TRUE(exec.executions.at(0)->session.expired());
}

TEST_F(FlavourServiceTest, ACrashInTheMiddleDestroysThePotAndFailsTheOperation) {
    flavour_files.add("web", {}, "x");
    make({"web"});
    ASSERT_TRUE(pots->find("web")->unfinished);
    crash();
    EXPECT_TRUE(is_gone());
    const auto found = operations->find(operation);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->state, OperationState::Failed);
    EXPECT_EQ(found->error->message, "interrupted by a restart of potd; the pot was destroyed");
    EXPECT_TRUE(complaints.empty());
}

TEST_F(FlavourServiceTest, ACrashKeepsWhatIsToBeKept) {
    flavour_files.add("web", {}, "x");
    make({"web"}, true);
    crash();
    const PotPtr pot = pots->find("web");
    ASSERT_TRUE(pot);
    EXPECT_FALSE(pot->unfinished);
    EXPECT_EQ(pot->state, PotState::Stopped);
    EXPECT_EQ(pot->spec.command, std::vector<std::string>{"/bin/serve"});
    EXPECT_EQ(operations->find(operation)->state, OperationState::Failed);
}

TEST_F(FlavourServiceTest, ACrashAfterTheEndChangesNothing) {
    flavour_files.add("web", "set-env -E A=1\n");
    make({"web"});
    crash();
    ASSERT_TRUE(pots->find("web"));
    EXPECT_EQ(operations->find(operation)->state, OperationState::Done);
}

TEST_F(FlavourServiceTest, ARebootInTheMiddleStartsNothing) {
    flavour_files.add("web", "set-attribute -A start-at-boot -V yes\n", "x");
    make({"web"});
    runtime.runs.clear();
    crash("boot-2");
    EXPECT_TRUE(is_gone());
}

TEST_F(FlavourServiceTest, OfAParentAndOfASource) {
    flavour_files.add("web", "set-env -E A=1\n");
    ASSERT_TRUE(create("parent")->ok());
    PotSpec child = plain();
    child.base.clear();
    make({"web"}, false, child, "parent");
    ASSERT_TRUE(result && *result) << result->error().message;
    EXPECT_EQ((**result)->spec.base, "host");
    SnapshotService::Cloning cloning;
    cloning.name = "twin";
    operation = operations->begin({OperationKind::Clone, "twin", {}, {}});
    result.reset();
    flavours->clone({{"web"}, false, operation}, "parent", cloning, take_result());
    loop.run();
    ASSERT_TRUE(result && *result) << result->error().message;
    EXPECT_EQ((**result)->spec.env, (std::vector<EnvVar>{{"A", "1"}}));
    EXPECT_FALSE((**result)->unfinished);
    EXPECT_TRUE((**result)->origin);
    EXPECT_EQ(state_of_operation(), OperationState::Done);
}

TEST_F(FlavourServiceTest, AFullDiskAtTheEndIsAFailure) {
    flavour_files.add("web", {}, "x");
    make({"web"});
    journal.fail_next(error(ErrorKind::ResourceExhausted, "disk full"));
    end_script(0);
    ASSERT_TRUE(result && !*result);
    EXPECT_EQ(state_of_operation(), OperationState::Failed);
    EXPECT_TRUE(is_gone());
}

}  // namespace
}  // namespace potd::core
