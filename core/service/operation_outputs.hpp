#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace potd::core {

/// What operations print while they are under way, in memory alone: the last `kept_bytes` of each, for the
/// `kept` newest that printed something. Loop thread only.
class OperationOutputs {
  public:
    static constexpr std::size_t kept_bytes = std::size_t{1} << 20U;
    static constexpr std::size_t kept = 16;

    void write(const std::string& id, std::string_view bytes);

    /// What came after the first `position` bytes, which moves on, as far as it is kept; a line says how much
    /// is missing in front of it. Empty if there is nothing.
    [[nodiscard]] std::string read(const std::string& id, std::uint64_t& position) const;

    using WatchId = std::uint64_t;
    /// Calls `more` once, when there is more of it to read; never before it returns.
    WatchId watch(const std::string& id, std::function<void()> more);
    void unwatch(WatchId watch) { watches_.erase(watch); }

  private:
    struct Output {
        std::string text;         ///< the last of it
        std::uint64_t begin = 0;  ///< bytes before that
    };
    struct Watch {
        std::string id;
        std::function<void()> more;
    };

    void tell(const std::string& id);

    std::map<std::string, Output, std::less<>> outputs_;  ///< ids sort by age
    std::map<WatchId, Watch> watches_;
    WatchId next_ = 1;
};

}  // namespace potd::core
