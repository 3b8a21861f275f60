#pragma once

#include <string>
#include <vector>

namespace potd::test {

/// What exists before and must not be more after: processes of potd, and mounts, cgroups, interfaces,
/// network namespaces, jails and files of this test run. "Of this run" means that test_token() is part of it,
/// or that the program comes from our binary directory; with POTD_LEAK_STRICT=1 in the environment everything
/// new counts, for machines where nothing else goes on.
class LeakCheck {
  public:
    LeakCheck() : before_(snapshot()) {}
    /// What is there now and was not at construction. Waits up to ten seconds for the last of it to go,
    /// since the kernel finishes dying processes and namespaces in its own time.
    [[nodiscard]] std::vector<std::string> leftovers() const;

  private:
    [[nodiscard]] static std::vector<std::string> snapshot();  ///< sorted
    std::vector<std::string> before_;
};

}  // namespace potd::test
