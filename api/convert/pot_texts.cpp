#include "api/convert/pot_texts.hpp"

#include "api/convert/records.hpp"
#include "api/door/veil.hpp"
#include "openapi/wire/codec.hpp"

#include <algorithm>
#include <iterator>

namespace potd::api {
namespace {

constexpr std::size_t pages_kept = 2;

/// `text_of` gives the text of each.
template <class TextOf>
std::string page_of(const std::vector<core::PotPtr>& pots, std::string_view next, const TextOf& text_of) {
    std::string body = R"({"items":[)";
    for (const core::PotPtr& pot : pots) {
        if (pot != pots.front()) body += ',';
        body += *text_of(pot);
    }
    body += R"(],"next":)";
    if (next.empty()) {
        body += "null}";
    } else {
        wire::append_json_string(body, next);
        body += '}';
    }
    return body;
}

}  // namespace

wire::Pot PotTexts::shown(const core::Pot& pot) const {
    if (!service_.has_uplink(pot)) return to_wire(pot, service_.limits_now(pot));
    return to_wire(pot, service_.limits_now(pot), service_.advertised(pot));
}

std::string PotTexts::encoded(wire::Pot shown, const core::PotId& id) const {
    shown.spec.env_secret.names = secrets_.names(id);
    return wire::encode(shown);
}

PotTexts::Text PotTexts::text(const core::PotPtr& pot) {
    if (service_.has_uplink(*pot)) return std::make_shared<const std::string>(encoded(shown(*pot), pot->id));
    drop_moved();
    const auto known = by_id_.find(pot->id);
    if (known != by_id_.end() && known->second->pot == pot) {
        texts_.splice(texts_.begin(), texts_, known->second);
        return texts_.front().text;
    }
    if (known != by_id_.end()) drop(known->second);
    Text text = std::make_shared<const std::string>(encoded(shown(*pot), pot->id));
    texts_.push_front({pot, text});
    by_id_[pot->id] = texts_.begin();
    bytes_ += text->size();
    while (bytes_ > kept) drop(std::prev(texts_.end()));
    return text;
}

void PotTexts::drop(Entries::iterator entry) {
    bytes_ -= entry->text->size();
    by_id_.erase(entry->pot->id);
    texts_.erase(entry);
}

/// The pots themselves are the same.
void PotTexts::drop_moved() {
    if (placements_ == service_.placements()) return;
    placements_ = service_.placements();
    texts_.clear();
    by_id_.clear();
    bytes_ = 0;
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
    Text text_of_page = std::make_shared<const std::string>(
        page_of(pots, next, [this](const core::PotPtr& pot) { return text(pot); }));
    const bool stays = std::none_of(pots.begin(), pots.end(),
                                    [this](const core::PotPtr& pot) { return service_.has_uplink(*pot); });
    if (!stays) return text_of_page;
    pages_.push_front({pots, std::string(next), std::move(text_of_page)});
    if (pages_.size() > pages_kept) pages_.pop_back();
    return pages_.front().text;
}

PotTexts::Text PotTexts::text(const core::PotPtr& pot, const core::Principal& who) {
    if (!needs_veil(who, service_, *pot)) return text(pot);
    wire::Pot seen = shown(*pot);
    veil(who, service_, seen);
    return std::make_shared<const std::string>(encoded(std::move(seen), pot->id));
}

PotTexts::Text PotTexts::page(const std::vector<core::PotPtr>& pots, std::string_view next,
                              const core::Principal& who) {
    const bool is_whole = std::none_of(
        pots.begin(), pots.end(), [&](const core::PotPtr& pot) { return needs_veil(who, service_, *pot); });
    if (is_whole) return page(pots, next);
    return std::make_shared<const std::string>(
        page_of(pots, next, [&](const core::PotPtr& pot) { return text(pot, who); }));
}

}  // namespace potd::api
