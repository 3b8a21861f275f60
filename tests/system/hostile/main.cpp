// The hostile program: `potd_hostile ATTEMPT [WORDS…] [ATTEMPT …]` prints, for each, its name and "worked" or
// the errno that stopped it.
#include "tests/system/hostile/attempt.hpp"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace potd::hostile {
namespace {

const Attempt* find(std::string_view name) {
    for (const auto* attempts : {&file_attempts, &kernel_attempts, &process_attempts, &race_attempts}) {
        for (const Attempt& attempt : *attempts) {
            if (attempt.name == name) return &attempt;
        }
    }
    return nullptr;
}

void report(const Attempt& attempt, const Words& words) {
    const int error = attempt.run(words);
    const char* text = error == 0 ? "worked" : ::strerrorname_np(error);
    static_cast<void>(std::printf("%.*s %s\n", static_cast<int>(attempt.name.size()), attempt.name.data(),
                                  text != nullptr ? text : "unknown"));
    static_cast<void>(std::fflush(stdout));
}

}  // namespace

int number_of(const char* word) {
    return static_cast<int>(std::strtol(word, nullptr, 10));
}

int outcome_of(long result) {
    return result == -1 ? errno : 0;
}

/// Attempts follow each other, each with as many words as it takes.
int run(const Words& words) {
    for (std::size_t at = 0; at < words.size();) {
        const Attempt* attempt = find(words[at]);
        if (attempt == nullptr || words.size() - at - 1 < attempt->words) {
            static_cast<void>(std::fprintf(stderr, "no such attempt, or too few words: %s\n", words[at]));
            return 2;
        }
        const auto first = words.begin() + static_cast<std::ptrdiff_t>(at) + 1;
        report(*attempt, Words(first, first + static_cast<std::ptrdiff_t>(attempt->words)));
        at += 1 + attempt->words;
    }
    return 0;
}

}  // namespace potd::hostile

int main(int argc, char** argv) {
    return potd::hostile::run({argv + 1, argv + argc});
}
