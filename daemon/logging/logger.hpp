#pragma once

#include "core/base/result.hpp"
#include "daemon/logging/level.hpp"
#include "daemon/logging/line.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>

namespace potd::log {

struct LoggerOptions {
    Level level = Level::Info;
    Format format = Format::Text;
    std::filesystem::path file;  ///< empty: standard error
};

/// Where the daemon writes what happens. Any thread; nothing here throws or stops the caller: a line
/// that cannot be written is counted and lost.
class Logger {
  public:
    /// PermissionDenied or another error of the system if the file cannot be opened for appending.
    [[nodiscard]] static core::Result<std::unique_ptr<Logger>> open(LoggerOptions options);
    ~Logger();
    Logger(const Logger&) = delete;
    Logger& operator=(const Logger&) = delete;

    void write(Level level, std::string_view message, std::span<const Field> fields) noexcept;
    void write(Level level, std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
        write(level, message, std::span(fields.begin(), fields.size()));
    }
    void debug(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
        write(Level::Debug, message, fields);
    }
    void info(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
        write(Level::Info, message, fields);
    }
    void warning(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
        write(Level::Warning, message, fields);
    }
    void error(std::string_view message, std::initializer_list<Field> fields = {}) noexcept {
        write(Level::Error, message, fields);
    }

    /// Ask before making expensive fields.
    [[nodiscard]] bool enabled(Level level) const noexcept { return level >= level_.load(); }
    void set_level(Level level) noexcept { level_ = level; }
    [[nodiscard]] Level level() const noexcept { return level_; }
    void set_format(Format format) noexcept { format_ = format; }
    /// Opens the file again under its name, after somebody has moved it away.
    [[nodiscard]] core::Status reopen();
    /// Lines that could not be written.
    [[nodiscard]] std::uint64_t lost() const noexcept { return lost_; }

  private:
    class Output;

    explicit Logger(LoggerOptions options);

    const std::filesystem::path file_;
    std::atomic<Level> level_;
    std::atomic<Format> format_;
    std::atomic<std::uint64_t> lost_{0};
    std::mutex mutex_;  // guards the pointer; the output itself may be shared by threads
    std::shared_ptr<Output> output_;
};

}  // namespace potd::log
