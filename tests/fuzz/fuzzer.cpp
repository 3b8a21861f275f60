// The entry points of libFuzzer. One program for all targets, as linking costs more than choosing does.

#include "tests/fuzz/last_input.hpp"
#include "tests/fuzz/targets.hpp"

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

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
    static potd::fuzz::LastInput last;
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    last.keep(input);
    chosen->read(input);
    return 0;
}
