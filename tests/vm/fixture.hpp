#pragma once

#include "tests/vm/virtual_machine.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace potd::test {

using Json = nlohmann::json;

/// Why there are no virtual machines to test in, empty if there are.
[[nodiscard]] std::string lacks_vm();
/// Where image.sh made the machine: $POTD_VM_IMAGE, else build/vm.
[[nodiscard]] std::filesystem::path vm_image();
/// potd from its Debian package, as an administrator would; it runs then. The base "host" as well.
void install_potd(VirtualMachine& machine);
/// What `potctl WORDS` there prints, as JSON.
[[nodiscard]] Json potctl_json(VirtualMachine& machine, const std::string& words);
/// What potd and the machine logged last, for a test that failed.
[[nodiscard]] std::string vm_story(VirtualMachine& machine);

/// One machine with potd for all tests of a program, booted by the first of them; skips where there can be
/// none. A pot of a test has the test's name as part of its own and goes with it.
class VmTest : public ::testing::Test {
  protected:
    void SetUp() override;
    void TearDown() override;

    static VirtualMachine& vm();
    static Json potctl(const std::string& words) { return potctl_json(vm(), words); }
    /// A pot on the base "host", created with these options and words; its name.
    std::string create(const std::string& options, const std::string& command);
    /// The newest run of a pot.
    static Json last_run(const std::string& pot);
    /// The directory of the group in which the pot's command is.
    static std::string group_of(const std::string& pot);
    /// What a file of it says.
    static std::string group_file(const std::string& pot, const std::string& file) {
        return vm().must("cat " + group_of(pot) + "/" + file);
    }
    /// Waits for the end of the pot's run.
    static Json end_of(const std::string& pot);

    static constexpr const char* idle = "/bin/sleep inf";

  private:
    std::vector<std::string> pots_;
};

}  // namespace potd::test
