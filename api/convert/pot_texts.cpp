#include "api/convert/pot_texts.hpp"

#include "api/convert/records.hpp"
#include "openapi/wire/codec.hpp"

#include <algorithm>

namespace potd::api {
namespace {

constexpr std::size_t pages_kept = 2;

}  // namespace

PotTexts::Text PotTexts::text(const core::PotPtr& pot) {
    if (service_.has_uplink(*pot))
        return std::make_shared<const std::string>(
            wire::encode(to_wire(*pot, service_.limits_now(*pot), service_.advertised(*pot))));
    drop_moved();
    Entry& entry = texts_[pot->id];
    if (entry.pot == pot) return entry.text;
    entry.pot = pot;
    Text text = entry.text =
        std::make_shared<const std::string>(wire::encode(to_wire(*pot, service_.limits_now(*pot))));
    if (texts_.size() > check_at_) drop_replaced();
    return text;
}

/// Snapshots that nobody else holds belong to pots that are gone.
void PotTexts::drop_replaced() {
    std::erase_if(texts_, [](const auto& item) { return item.second.pot.use_count() == 1; });
    check_at_ = std::max<std::size_t>(256, 2 * texts_.size());
}

/// The pots themselves are the same.
void PotTexts::drop_moved() {
    if (placements_ == service_.placements()) return;
    placements_ = service_.placements();
    texts_.clear();
    pages_.clear();
}

PotTexts::Text PotTexts::page(const std::vector<core::PotPtr>& pots, std::string_view next) {
    drop_moved();
    const auto known = std::find_if(pages_.begin(), pages_.end(),
                                    [&](const Page& page) { return page.next == next && page.pots == pots; });
    if (known != pages_.end()) {
        pages_.splice(pages_.begin(), pages_, known);
        return pages_.front().text;
    }
    std::string body = R"({"items":[)";
    for (const core::PotPtr& pot : pots) {
        if (pot != pots.front()) body += ',';
        body += *text(pot);
    }
    body += R"(],"next":)";
    if (next.empty()) {
        body += "null}";
    } else {
        wire::append_json_string(body, next);
        body += '}';
    }
    Text text_of_page = std::make_shared<const std::string>(std::move(body));
    const bool stays = std::none_of(pots.begin(), pots.end(),
                                    [this](const core::PotPtr& pot) { return service_.has_uplink(*pot); });
    if (!stays) return text_of_page;
    pages_.push_front({pots, std::string(next), std::move(text_of_page)});
    if (pages_.size() > pages_kept) pages_.pop_back();
    return pages_.front().text;
}

}  // namespace potd::api
