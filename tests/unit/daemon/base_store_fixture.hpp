#pragma once

#include "daemon/platform/posix/base_store.hpp"
#include "tests/support/poll_loop.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::platform {

/// A store of bases in a directory of its own, with stand-ins for what it finds on a machine.
class BaseStoreFixture : public testing::Test {
  protected:
    BaseStoreFixture() {
        std::filesystem::create_directories(dir_ / "state");
        options_.state_dir = (dir_ / "state").string();
        options_.package_sources = (dir_ / "apt").string();
        options_.host_root = (dir_ / "host").string();
        options_.installer = (dir_ / "debootstrap").string();
    }

    void open() {
        auto opened = TreeBaseStore::open(loop_, options_);
        ASSERT_TRUE(opened) << opened.error().message;
        store_ = std::move(opened).value();
    }
    void start(const core::BaseRequest& request) {
        if (!store_) open();
        result_.reset();
        store_->install(
            request,
            [this](const core::OperationProgress& now) {
                lines_.push_back(now.message);
                progress_.push_back(now);
            },
            [this](core::Result<core::Base> result) { result_ = std::move(result); });
        EXPECT_FALSE(result_) << "replied before install returned";
    }
    core::Result<core::Base> install(const core::BaseRequest& request) {
        start(request);
        if (!loop_.run_until([this] { return result_.has_value(); })) {
            return core::error(core::ErrorKind::Timeout, "no reply");
        }
        return *result_;
    }
    core::BaseRequest request(core::BaseSource source, const std::string& path = {},
                              const std::string& name = {}) const {
        core::BaseRequest result;
        result.source = source;
        result.name = name;
        (source == core::BaseSource::Release ? result.release : result.path) = path;
        return result;
    }
    std::vector<std::string> bases() const {
        std::vector<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(dir_ / "state/bases")) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }
    std::filesystem::path base(const std::string& path) const { return dir_ / "state/bases" / path; }

    test::TempDir dir_;
    test::PollLoop loop_;
    BaseOptions options_;
    std::unique_ptr<TreeBaseStore> store_;
    std::vector<std::string> lines_;
    std::vector<core::OperationProgress> progress_;
    std::optional<core::Result<core::Base>> result_;
};

}  // namespace potd::platform
