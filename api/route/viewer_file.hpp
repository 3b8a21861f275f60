#pragma once

#include <span>
#include <string_view>

namespace potd::api {

/// A file of the page at /docs.
struct ViewerFile {
    std::string_view name;  ///< "viewer.js"; empty: the page itself
    std::string_view type;
    std::string_view gzip;  ///< its content, packed
};

/// Compiled in; empty if there was no viewer when potd was built (share/viewer).
[[nodiscard]] std::span<const ViewerFile> viewer_files();

}  // namespace potd::api
