#pragma once

#include "tests/support/program.hpp"
#include "tests/support/temp_dir.hpp"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace potd::test {

/// A loop device of the test's own with a scheduler that has weights.
class WeighedDevice {
  public:
    WeighedDevice() {
        const std::filesystem::path image = directory_ / "image";
        std::ofstream(image) << "";
        std::filesystem::resize_file(image, 16 << 20);
        device_ = losetup({"--find", "--show", image.string()});
        if (device_.empty()) return;
        const std::filesystem::path scheduler = std::filesystem::path("/sys/block") /
                                                std::filesystem::path(device_).filename() / "queue/scheduler";
        std::ofstream(scheduler) << "bfq";
        std::ifstream chosen(scheduler);
        std::string names;
        has_weights_ = std::getline(chosen, names) && names.find("[bfq]") != std::string::npos;
    }
    WeighedDevice(const WeighedDevice&) = delete;
    WeighedDevice& operator=(const WeighedDevice&) = delete;
    ~WeighedDevice() {
        if (!device_.empty()) losetup({"--detach", device_});
    }
    [[nodiscard]] bool has_weights() const { return has_weights_; }

  private:
    /// What it prints; empty if it cannot.
    static std::string losetup(std::vector<std::string> words) {
        const std::string program = "/usr/sbin/losetup";
        if (!std::filesystem::exists(program)) return {};
        words.insert(words.begin(), program);
        const Outcome done = run_program(words);
        return done.status == 0 ? done.out.substr(0, done.out.find('\n')) : std::string();
    }
    TempDir directory_{"potd-weights"};
    std::string device_;
    bool has_weights_ = false;
};

}  // namespace potd::test
