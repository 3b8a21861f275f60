#pragma once

#include "client/base/result.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace potd::client {

/// Takes setuid and setgid bits out of an archive of tar (ustar or pax) on its way: to whoever unpacks it as
/// root a program of the pot's would otherwise be one of the host's. Everything else stays byte for byte.
class TarPrivileges {
  public:
    /// Adds to `out` what can be passed on. A failure if it is no such archive.
    [[nodiscard]] Status drop(std::string_view bytes, std::string& out);

  private:
    [[nodiscard]] Status take_header(std::string& out);
    [[nodiscard]] Status take_records();

    std::string block_;          ///< a header as far as it has come
    std::string records_;        ///< of a pax header
    std::uint64_t content_ = 0;  ///< that is to come, padded
    std::uint64_t wanted_ = 0;   ///< bytes of content_ that belong into records_
    std::uint64_t next_size_ = 0;
    bool has_next_size_ = false;  ///< the next entry's size is next_size_, whatever its header says
};

}  // namespace potd::client
