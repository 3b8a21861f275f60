#pragma once

#include "core/base/result.hpp"
#include "core/port/pot_files.hpp"
#include "daemon/platform/posix/process_identity.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <cstdint>
#include <functional>
#include <utility>

namespace potd::platform {

/// The root of a pot's files, open for the thread that has opened it: made for that alone, it is of no other
/// use afterwards. Per system.
class CopyRoot {
  public:
    /// Conflict if the run has ended, Unsupported with what this machine cannot do.
    [[nodiscard]] static core::Result<CopyRoot> open(const core::PotPlace& place);
    /// The process with whose end the copy has to end; none if the root stays without it. Any thread.
    [[nodiscard]] static core::Result<ProcessHandle> watch(const core::PotPlace& place);

    CopyRoot(CopyRoot&& other) noexcept
        : fd_(std::move(other.fd_)), first_id_(other.first_id_), undo_(std::exchange(other.undo_, nullptr)) {}
    CopyRoot& operator=(CopyRoot&&) = delete;
    CopyRoot(const CopyRoot&) = delete;
    CopyRoot& operator=(const CopyRoot&) = delete;
    ~CopyRoot() {
        fd_.reset();
        if (undo_) undo_();
    }

    [[nodiscard]] int fd() const { return fd_.get(); }
    /// What the owners of the files are shifted by; 0: they are not.
    [[nodiscard]] std::uint32_t first_id() const { return first_id_; }

  private:
    explicit CopyRoot(UniqueFd fd, std::uint32_t first_id = 0, std::function<void()> undo = nullptr)
        : fd_(std::move(fd)), first_id_(first_id), undo_(std::move(undo)) {}

    UniqueFd fd_;
    std::uint32_t first_id_ = 0;
    std::function<void()> undo_;  ///< after fd_ is closed
};

}  // namespace potd::platform
