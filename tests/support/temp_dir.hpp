#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>

namespace potd::test {

/// A fresh directory, removed with all that is in it at the end. Throws std::system_error if it
/// cannot be made. Anything still mounted below is left alone (and then seen by LeakCheck).
class TempDir {
  public:
    /// Made in $TMPDIR, else /tmp, unless `parent` says otherwise. The name starts with `prefix`.
    explicit TempDir(std::string_view prefix = "potd-test", std::filesystem::path parent = {});
    ~TempDir();
    TempDir(const TempDir&) = delete;
    TempDir& operator=(const TempDir&) = delete;

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  private:
    std::filesystem::path path_;
};

/// Removes it and all below it, links themselves. Nothing there is no error.
std::error_code remove_everything(const std::filesystem::path& path);
/// Writes a whole file, parents included; throws on failure.
void write_file(const std::filesystem::path& file, std::string_view content);
/// Bytes that no file system can make smaller; the same ones each time.
[[nodiscard]] std::string noise(std::size_t bytes);
/// The whole of a file, empty if it cannot be read. Works for files of /proc.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

}  // namespace potd::test
