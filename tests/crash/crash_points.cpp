#include "tests/crash/crash_points.hpp"

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

namespace potd::crash {
namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe)
    return value != nullptr ? value : "";
}

}  // namespace

CrashPoints::CrashPoints()
    : trace_file_(environment("POTD_CRASH_COUNT")), begin_file_(environment("POTD_CRASH_FROM")) {
    if (const std::string at = environment("POTD_CRASH_AT"); !at.empty()) die_at_ = std::stoull(at);
}

CrashPoints& CrashPoints::here() {
    static CrashPoints points;
    return points;
}

void CrashPoints::pass(std::string_view what, std::string_view when) {
    const std::lock_guard lock(guard_);
    if (!counting()) return;
    ++passed_;
    if (!trace_file_.empty()) write(std::string(what) + ", " + std::string(when));
    if (passed_ != die_at_) return;
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

bool CrashPoints::counting() {
    if (begin_file_.empty()) return true;
    if (!std::filesystem::exists(begin_file_)) return false;
    begin_file_.clear();
    return true;
}

void CrashPoints::write(std::string_view where) const {
    std::ofstream file(trace_file_, std::ios::app);
    file << passed_ << ' ' << where << '\n';
}

}  // namespace potd::crash
