#pragma once

#include "core/base/result.hpp"
#include "core/model/pot_spec.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace potd::core {

/// One line of a command file that changes the pot's spec.
struct FlavourEdit {
    std::size_t line = 0;  ///< from 1
    std::function<Status(PotSpec&)> apply;
};

/// One line that copies something of the host into the pot, as cp does: into the destination if that is a
/// directory, else under its name.
struct FlavourCopy {
    std::size_t line = 0;
    std::string source;       ///< absolute; of copy-in-flv below the flavour's directory, with a leading '/'
    bool is_beside = false;   ///< copy-in-flv
    std::string destination;  ///< absolute, inside the pot
    bool make_parents = false;  ///< the directory that the destination is in is made if it is missing
};

/// A command file. That a copy stands before or behind an edit makes no difference: copies see the pot's own
/// files, without its mounts.
struct FlavourCommands {
    std::vector<FlavourEdit> edits;
    std::vector<FlavourCopy> copies;
};

inline constexpr std::size_t most_flavours = 32;
inline constexpr std::size_t longest_flavour_commands = std::size_t{64} << 10U;
inline constexpr std::size_t longest_flavour_script = std::size_t{1} << 20U;

/// Reads a command file: a subcommand of pot a line, without `-p POT`; words by the quoting rules of sh (see
/// shell_words.hpp); blank lines and those that begin with '#' are skipped. Allowed are add-dep,
/// set-attribute, copy-in, copy-in-flv, mount-in, set-rss, set-cmd and set-env, with pot's options or
/// potctl's long ones; what follows `set-cmd -c` on its line is the command. The error begins with FILE:LINE
/// and is Unsupported for what this version has not, else InvalidArgument.
[[nodiscard]] Result<FlavourCommands> parse_flavour(std::string_view text, std::string_view file);

/// NAME, or an absolute path; neither ends in '/'. `field` goes into the error.
[[nodiscard]] Status check_flavour_name(std::string_view flavour, std::string_view field);

/// The pot's spec while a script runs in it: root's, up without a command until it is stopped, and nothing
/// else happens to it. What it may use (environment, mounts, network, limits) is its own.
[[nodiscard]] PotSpec workshop_of(PotSpec spec);

}  // namespace potd::core
