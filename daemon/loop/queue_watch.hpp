#pragma once

#include <functional>
#include <memory>

namespace potd::loop {

/// Tells when descriptors can be read that Asio cannot watch: it makes each non-blocking first, which FreeBSD
/// refuses for kernel queues. A thread of its own waits for them, begun with the first. Loop thread, but for
/// what the constructor is given.
class QueueWatch {
  public:
    /// `readable` is called once for each `watch`, in the thread: what was forgotten meanwhile, too.
    explicit QueueWatch(std::function<void(int fd)> readable);
    QueueWatch(const QueueWatch&) = delete;
    QueueWatch& operator=(const QueueWatch&) = delete;
    ~QueueWatch();

    /// True for what Asio cannot watch.
    [[nodiscard]] static bool is_for(int fd);

    /// Throws std::system_error if the kernel has no room for it.
    void watch(int fd);
    void forget(int fd);

  private:
    struct Parts;
    std::function<void(int fd)> readable_;
    std::unique_ptr<Parts> parts_;  ///< empty until something is watched
};

}  // namespace potd::loop
