#pragma once

#include "core/base/time.hpp"
#include "core/port/logs.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

namespace potd::test {

/// Writes a pot's log files as potmon does: one entry a line, rotation by renaming.
class LogWriter {
  public:
    explicit LogWriter(std::filesystem::path directory, unsigned most_rotated = 1000)
        : directory_(std::move(directory)), most_rotated_(most_rotated) {
        std::filesystem::create_directories(directory_);
    }

    [[nodiscard]] static std::string format(const core::LogLine& line, std::uint32_t run) {
        constexpr std::int64_t ns_per_ms = 1'000'000;
        std::string time = core::format_time({line.time_ns / ns_per_ms});
        time.pop_back();  // Z
        std::string below_ms = std::to_string(ns_per_ms + line.time_ns % ns_per_ms).substr(1);
        return time + below_ms + "Z " + (line.stream == core::Stream::Stdout ? "stdout " : "stderr ") +
               (line.partial ? "P " : "F ") + std::to_string(run) + " " + line.text + "\n";
    }
    void write(const core::LogLine& line, std::uint32_t run = 1) { raw(format(line, run)); }
    void raw(const std::string& bytes) {
        std::ofstream file(directory_ / "current.log", std::ios::binary | std::ios::app);
        file << bytes;
    }
    void rotate() {
        for (unsigned number = most_rotated_; number > 1; --number) move(number - 1, number);
        if (std::filesystem::exists(directory_ / "current.log")) {
            std::filesystem::rename(directory_ / "current.log", file(1));
        }
        raw("");
    }
    /// Leaves the gap that a rotation under way has, and the current file missing.
    void rotate_without_new_file() {
        rotate();
        std::filesystem::remove(directory_ / "current.log");
    }
    [[nodiscard]] std::filesystem::path file(unsigned number) const {
        return directory_ / (std::to_string(number) + ".log");
    }

  private:
    void move(unsigned from, unsigned to) const {
        if (std::filesystem::exists(file(from))) std::filesystem::rename(file(from), file(to));
    }

    std::filesystem::path directory_;
    unsigned most_rotated_;
};

}  // namespace potd::test
