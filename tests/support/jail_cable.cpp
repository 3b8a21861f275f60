#include "tests/support/jail_cable.hpp"

#include "tests/support/binaries.hpp"

#include <stdexcept>

namespace potd::test {

std::string output_of_program(const Argv& words) {
    const Outcome outcome = run_program(words);
    if (outcome.status != 0) throw std::runtime_error(words.front() + ": " + outcome.describe());
    std::string out = outcome.out;
    while (!out.empty() && out.back() == '\n') out.pop_back();
    return out;
}

std::string JailCable::lacks() {
    if (run_program({"/sbin/sysctl", "-n", "kern.features.vimage"}).out == "1\n") return {};
    return "the kernel has no VIMAGE, for the outside";
}

JailCable::JailCable() : jail_(test_token() + "-outside") {
    near_ = output_of_program({"/sbin/ifconfig", "epair", "create"});
    const std::string far = near_.substr(0, near_.size() - 1) + "b";
    for (const Argv& words :
         {Argv{"/usr/sbin/jail", "-c", "name=" + jail_, "path=/", "persist", "vnet", "vnet.interface=" + far},
          Argv{"/sbin/ifconfig", near_, "inet", "10.99.0.1/24", "up"},
          Argv{"/sbin/ifconfig", near_, "inet6", "fd99::1/64"},
          Argv{"/usr/sbin/jexec", jail_, "/sbin/ifconfig", far, "inet", "10.99.0.9/24", "up"},
          Argv{"/usr/sbin/jexec", jail_, "/sbin/ifconfig", far, "inet6", "fd99::9/64", "no_dad"}})
        static_cast<void>(output_of_program(words));
}

JailCable::~JailCable() {
    static_cast<void>(run_program({"/usr/sbin/jail", "-r", jail_}));
    static_cast<void>(run_program({"/sbin/ifconfig", near_, "destroy"}));
}

std::string JailCable::read(const std::string& address, int port) const {
    return outside({"/usr/bin/nc", "-w", "5", address, std::to_string(port)}).out;
}

Outcome JailCable::outside(const Argv& words) const {
    Argv all{"/usr/sbin/jexec", jail_};
    all.insert(all.end(), words.begin(), words.end());
    return run_program(all);
}

}  // namespace potd::test
