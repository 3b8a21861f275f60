#include "core/model/labels.hpp"

#include "core/model/names.hpp"

namespace potd::core {
namespace {

constexpr std::size_t most_labels = 64;

}  // namespace

Status check_labels(const Labels& labels) {
    if (labels.size() > most_labels) {
        return invalid_field("labels", std::to_string(labels.size()) + " labels", "at most 64");
    }
    for (const auto& [key, value] : labels) {
        if (key.empty() || key.size() > 255 || !is_text(key)) {
            return invalid_field("labels", is_text(key) ? key : "(bytes)", "keys of 1 to 255 characters");
        }
        if (value.size() > 4096 || !is_text(value)) {
            return invalid_field("labels." + key, "(value)", "UTF-8 text without NUL of at most 4096 bytes");
        }
    }
    return {};
}

bool LabelFilter::matches(const Labels& labels) const {
    if (key.empty()) return true;
    const auto found = labels.find(key);
    return found != labels.end() && (!value || found->second == *value);
}

Result<LabelFilter> label_filter_from(std::string_view text) {
    const auto mark = text.find('=');
    LabelFilter filter;
    filter.key = text.substr(0, mark);
    if (filter.key.empty()) return invalid_field("label", text, "key or key=value");
    if (mark != std::string_view::npos) filter.value = text.substr(mark + 1);
    return filter;
}

}  // namespace potd::core
