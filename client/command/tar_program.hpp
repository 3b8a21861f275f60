#pragma once

#include "client/base/descriptor.hpp"
#include "client/base/result.hpp"

#include <string>
#include <vector>

#include <sys/types.h>

namespace potd::client {

/// tar(1), which every system has, as the other end of a pipe: it knows this system's files best.
class TarProgram {
  public:
    /// Packs `name` in `directory`: its output can be read from `pipe`.
    [[nodiscard]] static Result<TarProgram> pack(const std::string& directory, const std::string& name);
    /// Unpacks into `directory` what is written to `pipe`.
    [[nodiscard]] static Result<TarProgram> unpack(const std::string& directory);

    TarProgram(TarProgram&& other) noexcept
        : pid_(std::exchange(other.pid_, -1)), pipe_(std::move(other.pipe_)) {}
    TarProgram& operator=(TarProgram&&) = delete;
    TarProgram(const TarProgram&) = delete;
    TarProgram& operator=(const TarProgram&) = delete;
    ~TarProgram() { static_cast<void>(finish()); }

    [[nodiscard]] int pipe() const { return pipe_.get(); }
    /// Closes the pipe and waits for the end; a failure unless tar says that all went well. It has told why.
    [[nodiscard]] Status finish();

  private:
    TarProgram(pid_t pid, Descriptor pipe) : pid_(pid), pipe_(std::move(pipe)) {}
    [[nodiscard]] static Result<TarProgram> start(std::vector<std::string> words, bool reads);

    pid_t pid_;
    Descriptor pipe_;
};

}  // namespace potd::client
