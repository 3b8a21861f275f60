#pragma once

#include "core/port/executor.hpp"
#include "core/port/pot_files.hpp"
#include "daemon/platform/posix/copy_root.hpp"
#include "daemon/platform/posix/piece_queue.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

namespace potd::platform {

/// Copies with a thread each: they wait for their client, and must not hold the pool up for others.
class PotFileCopier final : public core::PotFiles {
  public:
    static constexpr std::size_t most_copies = 8;

    PotFileCopier(core::Reactor& reactor, core::Executor& executor)
        : reactor_(reactor), executor_(executor) {}
    PotFileCopier(const PotFileCopier&) = delete;
    PotFileCopier& operator=(const PotFileCopier&) = delete;
    ~PotFileCopier() override { stop(); }

    void copy_in(const core::CopyIn& request, std::shared_ptr<core::PieceSource> archive,
                 core::Reply<core::CopiedIn> reply) override;
    void copy_out(const core::PotPlace& place, core::Reply<std::unique_ptr<core::PieceSource>> reply,
                  std::function<void()> over) override;

    /// Ends all of them and waits for that; for shutdown.
    void stop();

  private:
    struct Job {
        std::thread thread;
        std::shared_ptr<PieceQueue> queue;
        ProcessHandle watch;
        std::atomic<bool> stopped = false;
    };
    using Work = std::function<core::Status(const CopyRoot& root, const std::atomic<bool>& stopped)>;
    using Done = std::function<void(core::Status)>;

    void begin(const core::PotPlace& place, const std::shared_ptr<PieceQueue>& queue, Work work, Done done);
    void watch(Job& job);
    void run(std::uint64_t number, const core::PotPlace& place, Job& job, const Work& work, Done done);
    void finish(std::uint64_t number);

    core::Reactor& reactor_;
    core::Executor& executor_;
    std::map<std::uint64_t, std::unique_ptr<Job>> jobs_;
    std::uint64_t next_ = 1;
    std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  ///< for what comes too late
};

}  // namespace potd::platform
