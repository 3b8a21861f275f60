#pragma once

#include <thread>
#include <utility>

namespace potd::test {

/// A thread that is waited for when it goes out of scope: std::jthread, which libc++ 14 has not.
class JoiningThread {
  public:
    template <class Work>
    explicit JoiningThread(Work work) : thread_(std::move(work)) {}
    JoiningThread(JoiningThread&&) noexcept = default;
    JoiningThread& operator=(JoiningThread&&) = delete;
    JoiningThread(const JoiningThread&) = delete;
    JoiningThread& operator=(const JoiningThread&) = delete;
    ~JoiningThread() {
        if (thread_.joinable()) thread_.join();
    }

    void join() { thread_.join(); }

  private:
    std::thread thread_;
};

}  // namespace potd::test
