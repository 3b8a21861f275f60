#pragma once

#include <string_view>

namespace potd::fuzz {

/// What is being read, in the file that POTD_FUZZ_INPUT names, as ten digits of its length and itself: it is
/// there also if the program is killed. Without that variable nothing is kept.
class LastInput {
  public:
    LastInput();
    void keep(std::string_view input) noexcept;

  private:
    char* shared_ = nullptr;
};

}  // namespace potd::fuzz
