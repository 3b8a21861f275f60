#pragma once

#include "tests/support/child_program.hpp"
#include "tests/support/fake_potd.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace potd::test {

/// A fake potd and the real potctl that asks it.
class PotctlTest : public testing::Test {
  protected:
    [[nodiscard]] ProgramCall call(std::vector<std::string> words, std::string input = {}) const {
        words.insert(words.begin(), POTCTL_PROGRAM);
        return {std::move(words),
                {"POTD_URL=unix://" + potd_.socket(), "PATH=/usr/bin:/bin", "TERM=xterm"},
                std::move(input),
                false,
                {}};
    }
    [[nodiscard]] ProgramResult potctl(std::vector<std::string> words, std::string input = {}) const {
        return run_program(call(std::move(words), std::move(input)));
    }
    /// As the API shows it.
    [[nodiscard]] static std::string pot(const std::string& name, const std::string& state) {
        const bool live = state == "running" || state == "paused";
        return R"({"id":"0123456789ab","name":")" + name + R"(","state":")" + state +
               R"(","desired":"running","health":"none","created_at":"2026-01-31T12:00:00.000Z",)"
               R"("changed_at":"2026-01-31T12:00:01.000Z","version":4,"driver":"overlay","last_error":null,)"
               R"("spec":{"name":")" +
               name +
               R"(","base":"host","type":"multi","level":1,"command":["sleep","inf"],"env":{"A":"1","B":"2"},)"
               R"("network":{"type":"inherit"},"persistent":null,"boot":{"start":true,"early":false}},"run":)" +
               run(7, live) + '}';
    }
    [[nodiscard]] static std::string run(int exit_code, bool live = false) {
        return R"({"number":1,"requested_at":"2026-01-31T12:00:00.990Z","started_at":"2026-01-31T12:00:01.000Z",)"
               R"("ended_at":)" +
               std::string(live ? "null" : R"("2026-01-31T12:05:00.000Z")") + R"(,"exit_code":)" +
               (live ? "null" : std::to_string(exit_code)) +
               R"(,"signal":null,"oom":false,"lost":false,"reason":"exited","peak_memory":1048576,"pid":)" +
               (live ? "4711" : "null") + R"(,"hooks":[]})";
    }
    [[nodiscard]] static std::string list(const std::vector<std::string>& items) {
        std::string text;
        for (const auto& item : items) text += (text.empty() ? "" : ",") + item;
        return R"({"items":[)" + text + R"(],"next":null})";
    }

    FakePotd potd_;
};

}  // namespace potd::test
