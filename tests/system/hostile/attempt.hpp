#pragma once

#include <string_view>
#include <vector>

namespace potd::hostile {

using Words = std::vector<const char*>;

/// One thing a pot must not be able to do. Answers 0 if it could, else the errno that stopped it. None
/// of them harms the machine if it succeeds: files are opened but not written, dangerous calls get
/// arguments that the kernel refuses only after it has looked at the caller's rights.
struct Attempt {
    std::string_view name;
    std::size_t words;  ///< arguments it takes
    int (*run)(const Words& words);
};

extern const std::vector<Attempt> file_attempts;
extern const std::vector<Attempt> kernel_attempts;
extern const std::vector<Attempt> process_attempts;
extern const std::vector<Attempt> race_attempts;

/// The number a word is; 0 if it is none.
[[nodiscard]] int number_of(const char* word);

/// 0, or errno if a call returned -1.
[[nodiscard]] int outcome_of(long result);

}  // namespace potd::hostile
