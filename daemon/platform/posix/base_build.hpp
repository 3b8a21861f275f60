#pragma once

#include "core/base/result.hpp"
#include "core/model/base.hpp"
#include "daemon/platform/posix/base_stop.hpp"
#include "daemon/platform/posix/base_store.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace potd::platform {

/// What one installation needs; its own copy, since it happens on the pool.
struct BaseBuild {
    core::BaseRequest request;  ///< as check_base_request returned it
    BaseOptions options;
    std::string path;                                 ///< of the tree under its temporary name
    std::function<void(std::string_view line)> line;  ///< what an installer says
    core::BaseStore::Progress progress;               ///< where the amount is known
    std::shared_ptr<StopSignal> stop;
    bool is_filled = false;  ///< with the files of the pot that it is made of
};

/// Fills in the name and refuses what cannot be installed: InvalidArgument with the field.
[[nodiscard]] core::Result<core::BaseRequest> check_base_request(core::BaseRequest request,
                                                                 const BaseOptions& options);

/// Fills the empty directory `tree` as the request says, completes and measures it and brings it to
/// the disk. `path` of the result is the caller's to set. Blocks; any thread but the loop's.
[[nodiscard]] core::Result<core::Base> build_base(const BaseBuild& build, int tree);

}  // namespace potd::platform
