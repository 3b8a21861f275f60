#include "client/command/audit_follow.hpp"

namespace potd::client {

std::vector<Value> AuditFollow::take(const Value::Array& entries) {
    std::vector<Value> shown;
    for (const auto& entry : entries) {
        const auto number = entry["number"].integer().value_or(0);
        if (number <= after_ || done_.contains(number)) continue;
        const std::string& outcome = entry["outcome"].text();
        if (outcome == "unknown" && ++under_way_[number] < most_rounds) continue;
        under_way_.erase(number);
        done_.insert(number);
        if (outcome_.empty() || outcome == outcome_) shown.push_back(entry);
    }
    while (!done_.empty() && (under_way_.empty() || *done_.begin() < under_way_.begin()->first)) {
        after_ = *done_.begin();
        done_.erase(done_.begin());
    }
    return shown;
}

}  // namespace potd::client
