#pragma once

#include "core/model/principal.hpp"
#include "core/service/pot_service.hpp"
#include "core/service/secret_service.hpp"
#include "openapi/wire/pot.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace potd::api {

/// The JSON of pots, written once for each snapshot: a PotPtr never changes, so the same pointer is
/// the same text, until pots are moved to other CPUs; but for pots on a bridge with an uplink, whose
/// addresses are asked of the machine each time. Those used last are kept. Loop thread.
class PotTexts {
  public:
    using Text = std::shared_ptr<const std::string>;

    /// Which outlive it. What secrets are called changes with the pot alone.
    PotTexts(const core::PotService& pots, const core::SecretService& secrets)
        : service_(pots), secrets_(secrets) {}

    [[nodiscard]] Text text(const core::PotPtr& pot);
    /// The same as `who` may see it, which is written anew each time where that is less.
    [[nodiscard]] Text text(const core::PotPtr& pot, const core::Principal& who);
    /// {"items":[…],"next":…} of these pots; `next` is the cursor, empty = null. A page asked for again
    /// while none of its pots changed is the same text.
    [[nodiscard]] Text page(const std::vector<core::PotPtr>& pots, std::string_view next);
    [[nodiscard]] Text page(const std::vector<core::PotPtr>& pots, std::string_view next,
                            const core::Principal& who);
    /// Bytes of the texts of pots that are kept, at most.
    static constexpr std::size_t kept = 4 << 20;
    [[nodiscard]] std::size_t bytes() const { return bytes_; }

  private:
    struct Entry {
        core::PotPtr pot;
        Text text;
    };
    using Entries = std::list<Entry>;
    struct Page {
        std::vector<core::PotPtr> pots;
        std::string next;
        Text text;
    };
    [[nodiscard]] wire::Pot shown(const core::Pot& pot) const;
    [[nodiscard]] std::string encoded(wire::Pot shown, const core::PotId& id) const;
    void drop(Entries::iterator entry);
    void drop_moved();

    const core::PotService& service_;
    const core::SecretService& secrets_;
    std::uint64_t placements_ = 0;
    Entries texts_;  ///< the last used first
    std::unordered_map<core::PotId, Entries::iterator> by_id_;
    std::size_t bytes_ = 0;
    std::list<Page> pages_;  ///< the last used first
};

}  // namespace potd::api
