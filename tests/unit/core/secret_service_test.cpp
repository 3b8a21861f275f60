#include "core/service/secret_service.hpp"

#include "tests/support/core_fixture.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

namespace potd::core {
namespace {

class SecretServiceTest : public testing::Test, public fakes::CoreFixture {
  protected:
    SecretServiceTest() { install_base(); }

    std::optional<Result<PotPtr>> create_with(const std::string& name, Along along) {
        PotSpec spec;
        spec.name = name;
        spec.base = "host";
        return ask<PotPtr>([&](auto reply) { pots->create(spec, reply, std::move(along)); });
    }
    std::string launched(const PotId& pot, const std::string& name) {
        const Result<PotSpec> spec = secrets.opened(pot, PotSpec());
        EXPECT_TRUE(spec) << spec.error().message;
        for (const EnvVar& one : spec->env) {
            if (one.name == name) return one.value;
        }
        return "(none)";
    }
    const SecretChange both{{{"A", "1"}, {"B", "2"}}, {}};
};

TEST_F(SecretServiceTest, AnyThatCannotBeSealedIsAnErrorBeforeAnythingIsBoarded) {
    for (int nth = 1; nth <= 2; ++nth) {
        secret_box.failing_seal = secret_box.seals + nth;
        const Result<Along> along = secrets.boarding(pots->new_id(), both, {});
        ASSERT_FALSE(along);
        EXPECT_EQ(along.error().kind, ErrorKind::Internal) << "whatever the box says";
        EXPECT_EQ(along.error().field, nth == 1 ? "env_secret.A" : "env_secret.B");
        EXPECT_EQ(along.error().message, along.error().field + ": no numbers");
    }
    EXPECT_EQ(complaints, std::vector<std::string>());
}

TEST_F(SecretServiceTest, NothingIsSealedWhileAChangeIsBoarded) {
    const PotId id = pots->new_id();
    Result<Along> along = secrets.boarding(id, both, {});
    ASSERT_TRUE(along);
    secret_box.failing_seal = secret_box.seals + 1;
    const auto made = create_with("web", *std::move(along));
    ASSERT_TRUE(made->ok()) << made->error().message;
    EXPECT_EQ((**made)->id, id) << "what is sealed is bound to it";
    EXPECT_EQ(journal.recorded().secrets.at(id).size(), 2U);
    EXPECT_EQ(launched(id, "A"), "1");
    EXPECT_EQ(launched(id, "B"), "2");
}

TEST_F(SecretServiceTest, AClonesSecretsAreBoundToTheClone) {
    ASSERT_TRUE(create_with("web", *secrets.boarding(pots->new_id(), both, {}))->ok());
    const PotId source = pots->find("web")->id, clone = pots->new_id();
    const Result<SecretChange> copied = secrets.copy_of(source, {{{"B", "3"}}, {}});
    ASSERT_TRUE(copied);
    SnapshotService::Cloning request;
    request.name = "copy";
    request.take = true;
    const auto made = ask<PotPtr>(
        [&](auto reply) { snapshots->clone("web", request, reply, *secrets.boarding(clone, *copied, {})); });
    ASSERT_TRUE(made->ok()) << made->error().message;
    EXPECT_EQ((**made)->id, clone);
    EXPECT_EQ(launched(clone, "A"), "1");
    EXPECT_EQ(launched(clone, "B"), "3") << "the last one counts";
    EXPECT_EQ(launched(source, "B"), "2");
}

TEST_F(SecretServiceTest, AChangeIsToWhatTheyAreWhenItIsRecorded) {
    ASSERT_TRUE(create_with("web", *secrets.boarding(pots->new_id(), both, {}))->ok());
    const PotPtr pot = pots->find("web");
    const Along first = *secrets.boarding(pot->id, {{{"A", "9"}, {"B", std::nullopt}}, {}}, {});
    const Along second = *secrets.boarding(pot->id, {{{"C", "3"}}, {}}, {});
    std::vector<Change> changes;
    second.board(changes, pot.get());
    first.board(changes, pot.get());
    EXPECT_EQ(secrets.names(pot->id), (std::vector<std::string>{"A", "C"}));
    EXPECT_EQ(std::get<PutSecrets>(changes.back()).secrets.size(), 2U);
    first.lost();
    EXPECT_EQ(secrets.names(pot->id), (std::vector<std::string>{"A", "B", "C"}));
    EXPECT_EQ(launched(pot->id, "A"), "1");
}

}  // namespace
}  // namespace potd::core
