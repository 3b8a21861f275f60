#include "api/route/viewer_file.hpp"

namespace potd::api {

std::span<const ViewerFile> viewer_files() {
    return {};
}

}  // namespace potd::api
