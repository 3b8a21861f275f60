// The entry points of libFuzzer. One program for all targets, as linking costs more than choosing does.

#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

const potd::fuzz::Target* chosen = nullptr;

}  // namespace

extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
    const char* name = std::getenv("POTD_FUZZ_TARGET");
    for (const auto& target : potd::fuzz::targets) {
        if (name != nullptr && target.name == name) chosen = &target;
    }
    if (chosen == nullptr) {
        std::fprintf(stderr, "POTD_FUZZ_TARGET names no folder of tests/fuzz/corpus\n");
        std::exit(2);
    }
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    chosen->read({reinterpret_cast<const char*>(data), size});
    return 0;
}
