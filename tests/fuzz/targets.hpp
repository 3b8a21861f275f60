#pragma once

#include "tests/fuzz/target.hpp"

#include <array>

namespace potd::fuzz {

inline constexpr std::array targets{
    Target{"answer", read_answer},         Target{"archive", read_archive},
    Target{"config", read_config},         Target{"documents", read_documents},
    Target{"flavour", read_flavour},       Target{"frame", read_frame},
    Target{"freebsd", read_freebsd_texts}, Target{"json", read_json},
    Target{"kernel", read_kernel_texts},   Target{"logs", read_logs},
    Target{"patch", read_patch},           Target{"query", read_query},
    Target{"request", read_request},       Target{"spec", read_spec},
    Target{"words", read_words},
};

}  // namespace potd::fuzz
