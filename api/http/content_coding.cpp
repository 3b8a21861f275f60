#include "api/http/content_coding.hpp"

#include "api/http/request.hpp"

#include <archive.h>
#include <archive_entry.h>

namespace potd::api {
namespace {

constexpr std::size_t coded_from = 1024;
/// Some ten milliseconds of gzip.
constexpr std::size_t coded_up_to = std::size_t{2} * 1024 * 1024;

struct Freed {
    void operator()(archive* writer) const { archive_write_free(writer); }
    void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

la_ssize_t append(archive* /*writer*/, void* out, const void* bytes, size_t size) {
    static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), size);
    return static_cast<la_ssize_t>(size);
}

bool choose(archive* writer, Coding coding) {
    // Beyond the first level a third of the bytes costs three times the time.
    if (coding == Coding::Zstd) {
        return archive_write_add_filter_zstd(writer) == ARCHIVE_OK &&
               archive_write_set_filter_option(writer, "zstd", "compression-level", "1") == ARCHIVE_OK;
    }
    return archive_write_add_filter_gzip(writer) == ARCHIVE_OK &&
           archive_write_set_filter_option(writer, "gzip", "compression-level", "1") == ARCHIVE_OK &&
           archive_write_set_filter_option(writer, "gzip", "timestamp", nullptr) == ARCHIVE_OK;
}

bool write_all(archive* writer, std::string_view body, std::string& out) {
    const std::unique_ptr<archive_entry, Freed> entry(archive_entry_new());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    // Else the end is filled up to whole blocks of a tape.
    return archive_write_set_bytes_in_last_block(writer, 1) == ARCHIVE_OK &&
           archive_write_open(writer, &out, nullptr, append, nullptr) == ARCHIVE_OK &&
           archive_write_header(writer, entry.get()) == ARCHIVE_OK &&
           archive_write_data(writer, body.data(), body.size()) == static_cast<la_ssize_t>(body.size()) &&
           archive_write_close(writer) == ARCHIVE_OK;
}

}  // namespace

std::string_view to_string(Coding coding) noexcept {
    switch (coding) {
        case Coding::Gzip: return "gzip";
        case Coding::Zstd: return "zstd";
        case Coding::Identity: break;
    }
    return "identity";
}

Coding coding_for(std::string_view accept_encoding) {
    if (accept_encoding.empty()) return Coding::Identity;
    if (accepts_coding(accept_encoding, "zstd")) return Coding::Zstd;
    return accepts_coding(accept_encoding, "gzip") ? Coding::Gzip : Coding::Identity;
}

bool is_to_be_coded(const Answer& answer) {
    const std::size_t size = answer.shared ? answer.shared->size() : answer.body.size();
    const auto tells = [&answer](std::string_view header) {
        return answer.headers.find(header) != std::string_view::npos;
    };
    return size >= coded_from && size <= coded_up_to && !tells("ETag:") && !tells("Content-Encoding:");
}

std::shared_ptr<const std::string> coded(std::string_view body, Coding coding) {
    const std::unique_ptr<archive, Freed> writer(archive_write_new());
    auto out = std::make_shared<std::string>();
    const bool done = writer && archive_write_set_format_raw(writer.get()) == ARCHIVE_OK &&
                      choose(writer.get(), coding) && write_all(writer.get(), body, *out);
    return done ? out : nullptr;
}

}  // namespace potd::api
