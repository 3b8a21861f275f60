#pragma once

#include "core/base/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace potd::core {

/// A flavour as it stands on the host.
struct FlavourEntry {
    std::string name;
    std::string directory;  ///< absolute
    bool has_commands = false;
    bool has_script = false;
};

/// One that is to be applied. At least one of its parts is there.
struct FlavourText {
    std::string name;
    std::string directory;                ///< absolute
    std::optional<std::string> commands;  ///< what DIRECTORY/NAME holds, up to longest_flavour_commands
    std::optional<std::string> script;    ///< what DIRECTORY/NAME.sh holds, up to longest_flavour_script
};

/// The recipes on the host. Loop thread; replies come later.
class FlavourFiles {
  public:
    virtual ~FlavourFiles() = default;
    /// By name; of two directories the earlier one's.
    virtual void list(Reply<std::vector<FlavourEntry>> reply) = 0;
    /// Each by name, or by an absolute path; one that ends in ".sh" means the script alone. The error's field
    /// is "flavours[INDEX]": NotFound with the places that were looked at, TooLarge, PermissionDenied.
    virtual void read(std::vector<std::string> wanted, Reply<std::vector<FlavourText>> reply) = 0;
};

}  // namespace potd::core
