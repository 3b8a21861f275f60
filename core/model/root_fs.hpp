#pragma once

#include <string>
#include <vector>

namespace potd::core {

/// How the root of a pot is put together at start; made by a file-system driver, carried out by the
/// runtime. Nothing of it is mounted on the host while the pot does not run.
struct RootFs {
    enum class Kind {
        Overlay,    ///< lower (topmost first), upper, work
        Directory,  ///< path as it is
    };
    struct Bind {
        std::string source;  ///< host directory or file
        std::string target;  ///< absolute, inside the pot
        bool read_only = true;
        friend bool operator==(const Bind&, const Bind&) = default;
    };

    Kind kind = Kind::Directory;
    std::vector<std::string> lower;
    std::string upper;
    std::string work;
    std::string path;
    std::vector<Bind> binds;  ///< in mount order
    friend bool operator==(const RootFs&, const RootFs&) = default;
};

}  // namespace potd::core
