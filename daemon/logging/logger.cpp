#include "daemon/logging/logger.hpp"

#include <chrono>
#include <cstddef>
#include <exception>
#include <string>
#include <utility>

#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace potd::log {

/// spdlog's sink, given finished lines.
class Logger::Output {
  public:
    explicit Output(const std::filesystem::path& file) {
        if (file.empty()) {
            sink_ = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        } else {
            sink_ = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
        }
        sink_->set_formatter(
            std::make_unique<spdlog::pattern_formatter>("%v", spdlog::pattern_time_type::utc, "\n"));
    }

    void write(const std::string& line) {
        sink_->log(spdlog::details::log_msg("potd", spdlog::level::info, line));
        sink_->flush();
    }

  private:
    std::shared_ptr<spdlog::sinks::sink> sink_;
};

core::Result<std::unique_ptr<Logger>> Logger::open(LoggerOptions options) {
    std::unique_ptr<Logger> logger(new Logger(std::move(options)));
    if (core::Status opened = logger->reopen(); !opened) return std::move(opened).error();
    return logger;
}

Logger::Logger(LoggerOptions options)
    : file_(std::move(options.file)), level_(options.level), format_(options.format) {}

Logger::~Logger() = default;

core::Status Logger::reopen() {
    try {
        auto fresh = std::make_shared<Output>(file_);
        const std::lock_guard lock(mutex_);
        output_.swap(fresh);
        return {};
    } catch (const std::exception& problem) {
        return core::error(core::ErrorKind::PermissionDenied,
                           "log file " + file_.string() + ": " + problem.what());
    }
}

void Logger::write(Level level, std::string_view message, std::span<const Field> fields) noexcept {
    if (!enabled(level)) return;
    try {
        const auto now = std::chrono::system_clock::now().time_since_epoch();
        const core::WallTime time{std::chrono::duration_cast<core::milliseconds>(now).count()};
        const std::string line = make_line(format_, time, level, message, fields);
        std::unique_lock lock(mutex_);
        const std::shared_ptr<Output> output = output_;
        lock.unlock();
        output->write(line);
    } catch (...) {
        ++lost_;
    }
}

}  // namespace potd::log
