#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"
#include "daemon/platform/posix/unique_fd.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace potd::platform {

/// Bytes to a pipe or terminal that may take them slowly. Loop thread.
class InputStream {
  public:
    InputStream(core::Reactor& reactor, UniqueFd fd);
    InputStream(const InputStream&) = delete;
    InputStream& operator=(const InputStream&) = delete;
    ~InputStream();

    /// Conflict once closed, ResourceExhausted while a megabyte is waiting already.
    [[nodiscard]] core::Status write(std::string_view bytes);
    /// Closes when everything queued has been taken, or nobody reads it any more.
    void finish();
    /// Called when it has been closed by `finish` or because nobody reads it; may destroy this stream.
    void on_close(std::function<void()> closed) { on_close_ = std::move(closed); }
    [[nodiscard]] std::size_t unwritten() const { return queue_.size() - taken_; }
    /// Bytes of memory for it.
    [[nodiscard]] std::size_t kept() const { return queue_.size(); }

  private:
    void flush();
    void forget_taken();
    void close();
    void release();

    core::Reactor& reactor_;
    UniqueFd fd_;
    std::function<void()> on_close_;
    std::string queue_;
    std::size_t taken_ = 0;
    bool waiting_ = false, finishing_ = false;
};

/// Bytes from a pipe or terminal. Loop thread. The consumer may pause or destroy it from its callback.
class OutputStream {
  public:
    using Consumer = std::function<void(std::string_view)>;

    OutputStream(core::Reactor& reactor, UniqueFd fd);
    OutputStream(const OutputStream&) = delete;
    OutputStream& operator=(const OutputStream&) = delete;
    ~OutputStream();

    void start(Consumer consumer);
    void pause(bool paused);
    /// Reads on until nothing is left now; false if paused or destroyed on the way.
    [[nodiscard]] bool drain();
    /// From now on reads little more than is there already: who still writes may never stop.
    void bound_rest();
    [[nodiscard]] bool at_end() const { return !fd_; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// Called when the other side has closed.
    void on_end(std::function<void()> ended) { on_end_ = std::move(ended); }

  private:
    enum class Step { More, Nothing, Stopped };
    [[nodiscard]] Step read_once();
    void await();
    void close();

    core::Reactor& reactor_;
    UniqueFd fd_;
    std::shared_ptr<const Consumer> consumer_;
    std::function<void()> on_end_;
    bool paused_ = false, waiting_ = false;
    std::optional<std::size_t> rest_;  ///< so much is still read
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace potd::platform
