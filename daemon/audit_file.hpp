#pragma once

#include "core/base/result.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace potd {

/// The audit log's copy as lines of a file, which others read, ship and rotate. Loop thread.
class AuditFile {
  public:
    /// `complain` gets one sentence when a line could not be written, and is told again only after one could.
    explicit AuditFile(std::function<void(const std::string&)> complain) : complain_(std::move(complain)) {}
    ~AuditFile();
    AuditFile(const AuditFile&) = delete;
    AuditFile& operator=(const AuditFile&) = delete;

    /// In place of the one so far, which may be the same that somebody has renamed since; empty: none. Made
    /// with the mode 0600, which one that is there must have (no more than its owner's rights), and be a
    /// file. On failure nothing is written from now on.
    [[nodiscard]] core::Status open(const std::filesystem::path& file);
    /// One line, with its end. Nothing without a file.
    void write(std::string_view line);

  private:
    void close();

    std::function<void(const std::string&)> complain_;
    std::string name_;
    int fd_ = -1;
    bool failing_ = false;
    bool torn_ = false;  ///< the last line is not whole
};

}  // namespace potd
