#include "bench/support/options.hpp"

#include "bench/support/short_slice.hpp"

#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <string_view>

namespace potd::bench {
namespace {

[[noreturn]] void usage(const char* program, int status) {
    (status == 0 ? std::cout : std::cerr)
        << "usage: " << program << " [--tsv] [--slice] [--no-peers] [--few] [--state DIR] [--count N]\n";
    std::exit(status);  // NOLINT(concurrency-mt-unsafe): before any thread
}

int number(const char* program, std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size() || value < 1) usage(program, 2);
    return value;
}

}  // namespace

Options parse_options(int argc, char** argv, int default_count) {
    Options options;
    options.count = default_count;
    options.state = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        const bool has_value = i + 1 < argc;
        if (word == "--tsv")
            options.tsv = true;
        else if (word == "--slice")
            options.slice = true;
        else if (word == "--no-peers")
            options.peers = false;
        else if (word == "--few")
            options.few = true;
        else if (word == "--state" && has_value)
            options.state = argv[++i];
        else if (word == "--count" && has_value)
            options.count = number(argv[0], argv[++i]);
        else
            usage(argv[0], word == "--help" ? 0 : 2);
    }
    if (options.slice && !use_short_slice()) std::cerr << "no short scheduler slice on this kernel\n";
    return options;
}

}  // namespace potd::bench
