#pragma once

#include <string_view>

namespace potd::fuzz {

/// What reads text from outside, as one call that may be given any bytes: it answers or refuses, and comes
/// back. A target of a folder corpus/NAME.
struct Target {
    std::string_view name;
    void (*read)(std::string_view input);
};

/// Ends the program, as a crash does, if what must hold of an accepted text does not.
void require(bool holds, const char* what);

/// Each target by its file.
void read_archive(std::string_view input);
void read_answer(std::string_view input);
void read_config(std::string_view input);
void read_documents(std::string_view input);
void read_flavour(std::string_view input);
void read_frame(std::string_view input);
void read_freebsd_texts(std::string_view input);
void read_json(std::string_view input);
void read_kernel_texts(std::string_view input);
void read_logs(std::string_view input);
void read_patch(std::string_view input);
void read_query(std::string_view input);
void read_request(std::string_view input);
void read_spec(std::string_view input);
void read_words(std::string_view input);

}  // namespace potd::fuzz
