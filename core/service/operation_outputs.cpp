#include "core/service/operation_outputs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace potd::core {

void OperationOutputs::write(const std::string& id, std::string_view bytes) {
    if (bytes.empty()) return;
    Output& output = outputs_[id];
    output.text += bytes;
    // By halves, so that not every piece moves the whole.
    if (output.text.size() > kept_bytes + kept_bytes / 2) {
        const std::size_t excess = output.text.size() - kept_bytes;
        output.text.erase(0, excess);
        output.begin += excess;
    }
    // The oldest other one: of an operation that goes on for long it is forgotten, and begins anew.
    if (outputs_.size() > kept)
        outputs_.erase(outputs_.begin()->first == id ? std::next(outputs_.begin()) : outputs_.begin());
    tell(id);
}

std::string OperationOutputs::read(const std::string& id, std::uint64_t& position) const {
    const auto found = outputs_.find(id);
    if (found == outputs_.end()) return {};
    const Output& output = found->second;
    std::string text;
    // Forgotten meanwhile and begun anew: what there is now was not read.
    if (position > output.begin + output.text.size()) position = output.begin;
    if (position < output.begin) {
        text = "===> " + std::to_string(output.begin - position) + " bytes are not kept any more\n";
        position = output.begin;
    }
    text += output.text.substr(static_cast<std::size_t>(position - output.begin));
    position = output.begin + output.text.size();
    return text;
}

OperationOutputs::WatchId OperationOutputs::watch(const std::string& id, std::function<void()> more) {
    const WatchId number = next_++;
    watches_[number] = {id, std::move(more)};
    return number;
}

void OperationOutputs::tell(const std::string& id) {
    std::vector<WatchId> due;
    for (const auto& [number, watch] : watches_)
        if (watch.id == id) due.push_back(number);
    for (const WatchId number : due) {
        // One may have ended another.
        if (auto watch = watches_.extract(number)) watch.mapped().more();
    }
}

}  // namespace potd::core
