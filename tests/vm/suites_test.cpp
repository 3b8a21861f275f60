// System tests of this machine, run in the virtual one: potd on control groups of version 2 alone.
#include "tests/support/binaries.hpp"
#include "tests/vm/fixture.hpp"

#include <iostream>
#include <memory>

namespace potd::test {
namespace {

// What potd does in another way there: groups, device rules, freezing, limits, the kernel's older networks
// and mounts.
const std::vector<std::string> suites{"system_control",  "system_exec",        "system_life",
                                      "system_limits",   "system_networks",    "system_oom",
                                      "system_pressure", "system_supervision", "system_user_namespace"};
const std::vector<std::string> programs{"potd", "potmon", "potctl", "potd_hostile", "system_features"};

/// A machine with the programs of this build where they are on this one, from an archive as its second disk.
class SuiteMachine {
  public:
    SuiteMachine() : place_("potd-vm-data", vm_image()) {
        const std::string archive = place_ / "programs.tar";
        Argv words{"tar", "-C", "/", "-cf", archive};
        for (const auto* names : {&programs, &suites}) {
            for (const std::string& name : *names)
                words.push_back(std::filesystem::path(binary(name)).relative_path());
        }
        const Outcome packed = run_program(words);
        if (packed.status != 0) throw std::runtime_error(packed.describe());
        VmOptions options;
        options.data = archive;
        machine_ = std::make_unique<VirtualMachine>(vm_image(), options);
        machine_->boot();
        machine_->must("tar -C / -xf /dev/vdb");
    }
    VirtualMachine& machine() { return *machine_; }

  private:
    TempDir place_;
    std::unique_ptr<VirtualMachine> machine_;
};

class SuiteTest : public ::testing::TestWithParam<std::string> {
  protected:
    static void SetUpTestSuite() {
        if (lacks_vm().empty()) shared = std::make_unique<SuiteMachine>();
    }
    static void TearDownTestSuite() { shared.reset(); }
    static inline std::unique_ptr<SuiteMachine> shared;
};

TEST_P(SuiteTest, PassesInTheMachine) {
    if (!shared) GTEST_SKIP() << lacks_vm();
    // What a share of a processor is, an emulator does not know.
    const Outcome outcome = shared->machine().run(
        binary(GetParam()) + " --gtest_filter=-*ABusyLoopGetsHalfACpu 2>&1", {}, std::chrono::minutes(10));
    EXPECT_EQ(outcome.status, 0) << outcome.out;
    EXPECT_THAT(outcome.out, ::testing::Not(::testing::HasSubstr("[  PASSED  ] 0 tests"))) << outcome.out;
    // What only this machine has to be tried on.
    EXPECT_THAT(outcome.out, ::testing::Not(::testing::ContainsRegex("SKIPPED . [A-Za-z.]*HugePages")));
    const std::string::size_type sum = outcome.out.rfind("[==========]");
    if (sum != std::string::npos) std::cout << outcome.out.substr(sum);
}

INSTANTIATE_TEST_SUITE_P(System, SuiteTest, ::testing::ValuesIn(suites),
                         [](const auto& suite) { return suite.param; });

}  // namespace
}  // namespace potd::test
