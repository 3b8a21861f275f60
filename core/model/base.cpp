#include "core/model/base.hpp"

#include <algorithm>

namespace potd::core {

std::string base_pot_name(std::string_view base) {
    std::string name = "base-" + std::string(base);
    if (const std::size_t dot = name.find('.'); dot != std::string::npos) name[dot] = '_';
    return name;
}

std::string base_tree_name(std::string_view base, std::uint32_t revision) {
    const std::string name(base);
    return revision == 1 ? name : ".rev" + std::to_string(revision) + "-" + name;
}

std::optional<Base> at_revision(const Base& base, std::uint32_t number) {
    Base shown = base;
    shown.others.clear();
    if (base.revision == number) return shown;
    for (const BaseRevision& other : base.others) {
        if (other.number != number) continue;
        shown.revision = number;
        shown.path = other.path;
        shown.created_at = other.created_at;
        shown.size = other.size;
        return shown;
    }
    return std::nullopt;
}

Base with_revision(Base base, const BaseRevision& next) {
    base.others.push_back({base.revision, base.path, base.created_at, base.size});
    std::erase_if(base.others, [&](const BaseRevision& other) { return other.number == next.number; });
    std::sort(base.others.begin(), base.others.end(),
              [](const BaseRevision& a, const BaseRevision& b) { return a.number < b.number; });
    base.previous = base.revision;
    base.revision = next.number;
    base.path = next.path;
    base.created_at = next.created_at;
    base.size = next.size;
    base.last_revision = std::max(base.last_revision, next.number);
    return base;
}

}  // namespace potd::core
