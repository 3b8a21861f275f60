#include "tests/vm/fixture.hpp"

#include "tests/support/host_probe.hpp"
#include "tests/support/leak_check.hpp"

#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <optional>
#include <stdexcept>

namespace potd::test {
namespace {

std::unique_ptr<VirtualMachine>& shared_machine() {
    static std::unique_ptr<VirtualMachine> machine;
    return machine;
}

/// Ends the shared machine and looks for what the program left on this one.
class VmCleanliness : public ::testing::Environment {
  public:
    void SetUp() override { before_.emplace(); }
    void TearDown() override {
        shared_machine().reset();
        for (const std::string& object : before_->leftovers()) ADD_FAILURE() << "left behind: " << object;
    }

  private:
    std::optional<LeakCheck> before_;
};

const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new VmCleanliness);  // NOLINT: gtest owns it

/// The package that `setup.sh package` made, empty if there is none.
std::filesystem::path package_file() {
    std::error_code error;
    for (std::filesystem::directory_iterator it(POTD_VM_PACKAGES, error), end; !error && it != end;
         it.increment(error)) {
        if (it->path().extension() == ".deb") return it->path();
    }
    return {};
}

}  // namespace

std::filesystem::path vm_image() {
    const char* chosen = std::getenv("POTD_VM_IMAGE");  // NOLINT(concurrency-mt-unsafe)
    return chosen != nullptr && *chosen != '\0' ? chosen : POTD_VM_IMAGE;
}

std::string lacks_vm() {
    for (const char* program : {"qemu-system-x86_64", "setpriv"}) {
        if (std::string missing = lacks_program(program); !missing.empty()) return missing;
    }
    if (!std::filesystem::exists(vm_image() / "inputs"))
        return "no image in " + vm_image().string() + "; ./setup.sh test --vm makes it";
    if (package_file().empty())
        return "no Debian package in " POTD_VM_PACKAGES "; ./setup.sh package makes it";
    return {};
}

void install_potd(VirtualMachine& machine) {
    machine.must("cat >/root/potd.deb && dpkg -i /root/potd.deb && rm /root/potd.deb",
                 read_file(package_file()));
    machine.must("potctl create-base --host");
}

Json potctl_json(VirtualMachine& machine, const std::string& words) {
    return Json::parse(machine.must("potctl " + words));
}

std::string vm_story(VirtualMachine& machine) {
    if (!machine.running()) return machine.console();
    try {
        return machine.run("systemctl --no-pager status potd; journalctl --no-pager -n 80 -u potd").out;
    } catch (const std::runtime_error& error) {
        return error.what();
    }
}

VirtualMachine& VmTest::vm() {
    if (!shared_machine()) {
        shared_machine() = std::make_unique<VirtualMachine>(vm_image());
        shared_machine()->boot();
        install_potd(*shared_machine());
    }
    return *shared_machine();
}

void VmTest::SetUp() {
    if (const std::string reason = lacks_vm(); !reason.empty()) GTEST_SKIP() << reason;
}

void VmTest::TearDown() {
    if (IsSkipped()) return;
    if (HasFailure()) std::cout << vm_story(vm());
    for (const std::string& pot : pots_) vm().must("potctl destroy -F -p " + pot);
}

std::string VmTest::create(const std::string& options, const std::string& command) {
    std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    name += std::to_string(pots_.size());
    vm().must("potctl create -q -p " + name + " -b host " + options + " -- " + command);
    pots_.push_back(name);
    return name;
}

Json VmTest::last_run(const std::string& pot) {
    return potctl("runs --format json -p " + pot)["items"].back();
}

std::string VmTest::group_of(const std::string& pot) {
    const std::string file = "/proc/" + last_run(pot)["pid"].dump() + "/cgroup";
    std::string path = vm().must("cut -d: -f3 " + file);
    path.pop_back();
    return "/sys/fs/cgroup" + path;
}

Json VmTest::end_of(const std::string& pot) {
    vm().run("potctl wait -p " + pot);  // exits as the pot did
    return last_run(pot);
}

}  // namespace potd::test
