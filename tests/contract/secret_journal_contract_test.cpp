#include "tests/contract/journal_suite.hpp"
#include "tests/support/records.hpp"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace potd {
namespace {

using core::PotId;
using core::PutPot;
using core::PutSecrets;
using core::RemovePot;
using core::SealedSecrets;
using Kept = std::map<PotId, SealedSecrets>;

template <class Adapter>
class SecretJournalContractTest : public test::JournalSuite<Adapter> {};
TYPED_TEST_SUITE(SecretJournalContractTest, test::JournalAdapters);

TYPED_TEST(SecretJournalContractTest, KeepsThemByPotUntilItGoes) {
    core::Pot web = test::make_pot("00000000000a", "web"), db = test::make_pot("00000000000b", "db");
    const SealedSecrets first{{"A", "00ff"}, {"B", "11"}}, next{{"B", "22"}, {"C", "33"}};
    ASSERT_TRUE(this->commit({PutPot{web}, PutSecrets{web.id, first}, PutPot{db}, PutSecrets{db.id, first}}));
    EXPECT_EQ(this->adapter_.load().secrets, (Kept{{web.id, first}, {db.id, first}}));
    web.version = 7;
    ASSERT_TRUE(this->commit({PutPot{web}}));
    EXPECT_EQ(this->adapter_.load().secrets, (Kept{{web.id, first}, {db.id, first}}))
        << "a change keeps them";
    ASSERT_TRUE(this->commit({PutSecrets{web.id, next}, PutSecrets{db.id, {}}}));
    EXPECT_EQ(this->adapter_.load().secrets, (Kept{{web.id, next}}));
    ASSERT_TRUE(this->commit({RemovePot{web.id}}));
    EXPECT_EQ(this->adapter_.load().secrets, Kept());
}

TYPED_TEST(SecretJournalContractTest, TakesNoneOfAPotThatIsNotThere) {
    EXPECT_FALSE(this->commit({PutSecrets{PotId{"none"}, {{"A", "00"}}}}));
    EXPECT_EQ(this->adapter_.load().secrets, Kept());
}

}  // namespace
}  // namespace potd
