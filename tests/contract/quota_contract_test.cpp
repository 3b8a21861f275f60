// Bounds on what a pot's root may take: on drivers that have them, and refused by the others.

#include "tests/contract/file_system_suite.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

namespace potd {
namespace {

using core::DiskLimits;
using core::ErrorKind;
using core::PotId;
using core::SnapshotKey;
using test::write_file;

constexpr std::int64_t quota_mib = 1 << 20;

/// Writes until that fails or so much is there; the error, 0 if there was none.
int write_much(const fs::path& file, std::int64_t bytes) {
    const int fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return errno;
    const std::string block = test::noise(64U << 10U);
    int problem = 0;
    for (std::int64_t written = 0; problem == 0 && written < bytes;
         written += static_cast<std::int64_t>(block.size())) {
        if (::write(fd, block.data(), block.size()) < 0) problem = errno;
    }
    if (problem == 0 && ::fsync(fd) != 0) problem = errno;
    ::close(fd);
    return problem;
}

template <class Driver>
class QuotaContractTest : public test::FileSystemSuite<Driver> {
  protected:
    core::Status prepare() {
        return this->done([&](core::Reply<void> reply) { this->files_->prepare_limits(std::move(reply)); });
    }
    core::Status limit(const PotId& id, std::int64_t bytes) {
        return this->done([&](core::Reply<void> reply) { this->files_->limit(id, bytes, std::move(reply)); });
    }
    /// Fills a file in the pot; the error.
    int fill(const PotId& id, std::int64_t bytes) {
        int problem = 0;
        for (const int possible : {0, EDQUOT, ENOSPC}) {
            const bool so = this->in_root(
                id, [&](const fs::path& root) { return write_much(root / "big", bytes) == possible; });
            if (Driver::driver == platform::FileSystemDriver::Zfs) test::zfs_pool().sync();
            if (so) return possible;
            problem = -1;
        }
        return problem;
    }
    /// False, and skipped, where the driver has none; that it says so is checked.
    bool has_quotas() {
        if (this->files_->abilities().quotas) return true;
        EXPECT_TRUE(this->create(this->a_));
        const auto refused = prepare();
        EXPECT_EQ(refused.error().kind, ErrorKind::Unsupported);
        EXPECT_NE(refused.error().message.find(this->files_->name()), std::string::npos)
            << "not refused by its name: " << refused.error().message;
        EXPECT_EQ(limit(this->a_, quota_mib).error().kind, ErrorKind::Unsupported);
        EXPECT_TRUE(limit(this->a_, 0)) << "there is none to lift";
        return false;
    }
    /// What a writer is told. A stand-in for zfs counts, but cannot keep anybody from writing.
    static int held_up() {
        return Driver::driver == platform::FileSystemDriver::Zfs && !test::zfs_pool().is_real() ? 0 : EDQUOT;
    }

    const SnapshotKey first_{this->a_, 1};
    const SnapshotKey second_{this->a_, 2};
};
TYPED_TEST_SUITE(QuotaContractTest, test::Drivers, test::DriverName);

TYPED_TEST(QuotaContractTest, OnePotIsHeldUpAndNoOther) {
    if (!this->has_quotas()) return;
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->prepare());
    ASSERT_TRUE(this->limit(this->a_, 8 * quota_mib));
    EXPECT_EQ(this->fill(this->a_, 32 * quota_mib), this->held_up());
    EXPECT_EQ(this->fill(this->b_, 32 * quota_mib), 0);
    ASSERT_TRUE(this->limit(this->a_, 64 * quota_mib));
    EXPECT_EQ(this->fill(this->a_, 32 * quota_mib), 0) << "raised";
    ASSERT_TRUE(this->limit(this->a_, 0));
    EXPECT_EQ(this->fill(this->a_, 80 * quota_mib), 0) << "lifted";
}

TYPED_TEST(QuotaContractTest, IsNotBelowWhatIsThere) {
    if (!this->has_quotas()) return;
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_EQ(this->fill(this->a_, 4 * quota_mib), 0);
    ASSERT_TRUE(this->prepare());
    const auto refused = this->limit(this->a_, 2 * quota_mib);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
    EXPECT_NE(refused.error().message.find("2097152 bytes are less than the "), std::string::npos)
        << refused.error().message;
    EXPECT_TRUE(this->limit(this->a_, 8 * quota_mib));
    EXPECT_EQ(this->limit(this->a_, quota_mib).error().kind, ErrorKind::Conflict);
    EXPECT_EQ(this->limit(this->b_, quota_mib).error().kind, ErrorKind::NotFound);
}

TYPED_TEST(QuotaContractTest, ARollbackKeepsItAndDoesNotPassIt) {
    if (!this->has_quotas()) return;
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->prepare());
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_EQ(this->fill(this->a_, 12 * quota_mib), 0);
    ASSERT_TRUE(this->snapshot(this->second_));
    ASSERT_TRUE(this->rollback(this->first_));
    ASSERT_TRUE(this->limit(this->a_, 8 * quota_mib));
    const auto refused = this->rollback(this->second_);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict) << refused.error().message;
    for (int i = 0; i < 2; ++i) {
        ASSERT_TRUE(this->rollback(this->first_));
        EXPECT_EQ(this->fill(this->a_, 32 * quota_mib), this->held_up());
    }
    EXPECT_EQ(this->rollback(this->second_).error().kind, ErrorKind::Conflict) << "it still has the limit";
    ASSERT_TRUE(this->limit(this->a_, 0));
    EXPECT_TRUE(this->rollback(this->second_));
}

TYPED_TEST(QuotaContractTest, ACloneHasNoneBeforeItIsGivenOne) {
    if (!this->has_quotas()) return;
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->prepare());
    ASSERT_TRUE(this->limit(this->a_, 4 * quota_mib));
    ASSERT_TRUE(this->snapshot(this->first_));
    ASSERT_TRUE(this->clone(this->first_, this->b_));
    EXPECT_EQ(this->fill(this->b_, 16 * quota_mib), 0);
    ASSERT_TRUE(this->prepare());
    const auto refused = this->limit(this->b_, 8 * quota_mib);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
}

TYPED_TEST(QuotaContractTest, TheRecordCountsAtTheNextStart) {
    if (!this->has_quotas()) return;
    ASSERT_TRUE(this->create(this->a_));
    ASSERT_TRUE(this->create(this->b_));
    ASSERT_TRUE(this->prepare());
    ASSERT_TRUE(this->limit(this->b_, 4 * quota_mib));
    this->reopen();
    ASSERT_TRUE(this->files_->sweep({this->a_, this->b_}, {}, DiskLimits{{this->a_, 8 * quota_mib}}));
    ASSERT_EQ(this->fill(this->b_, 16 * quota_mib), 0) << "of a change that was not recorded";
    EXPECT_EQ(this->fill(this->a_, 32 * quota_mib), this->held_up());
    ASSERT_TRUE(this->snapshot({this->b_, 1}));
    const auto swept =
        this->files_->sweep({this->a_, this->b_}, {{this->b_, 1}}, DiskLimits{{this->b_, 4 * quota_mib}});
    EXPECT_EQ(this->fill(this->a_, 32 * quota_mib), 0) << "has none any more";
    if (!swept) {  // zfs bounds nothing below what is in it: that is told, and tried again at the next start
        EXPECT_EQ(swept.error().kind, ErrorKind::Conflict) << swept.error().message;
        EXPECT_EQ(TypeParam::driver, platform::FileSystemDriver::Zfs);
        return;
    }
    const auto refused = this->rollback({this->b_, 1});
    ASSERT_FALSE(refused) << "it holds although there is more in it";
    EXPECT_EQ(refused.error().kind, ErrorKind::Conflict);
}

}  // namespace
}  // namespace potd
