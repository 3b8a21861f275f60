#pragma once

#include "core/port/executor.hpp"
#include "core/port/flavour_files.hpp"

#include <string>
#include <utility>
#include <vector>

namespace potd::platform {

/// Flavours as files: NAME, a command file, and NAME.sh, a script. The first directory that has one of them
/// has the flavour. What is no regular file, once links are followed, is none; a directory that is missing is
/// empty.
class FlavourDirectories final : public core::FlavourFiles {
  public:
    FlavourDirectories(core::Executor& executor, std::vector<std::string> directories)
        : executor_(executor), directories_(std::move(directories)) {}

    void list(core::Reply<std::vector<core::FlavourEntry>> reply) override;
    void read(std::vector<std::string> wanted, core::Reply<std::vector<core::FlavourText>> reply) override;

  private:
    core::Executor& executor_;
    std::vector<std::string> directories_;
};

}  // namespace potd::platform
