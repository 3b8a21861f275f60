#include "api/metrics/request_tally.hpp"

#include <algorithm>

namespace potd::api {
namespace {

// Most requests read memory, which takes 20 us; the longest waits are for pots to stop.
constexpr std::array<double, 15> request_bounds{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                0.05,   0.1,     0.25,   0.5,   1,      10,    60};

/// A method that nobody knows is none of its own: clients choose the words.
Method method_of(std::string_view text) {
    for (const Method one : {Method::Get, Method::Post, Method::Head, Method::Put, Method::Patch,
                             Method::Delete, Method::Options}) {
        if (to_string(one) == text) return one;
    }
    return Method::Other;
}

}  // namespace

void RequestTally::answered(const RequestRecord& record) {
    const std::string_view route = record.route.empty() ? "other" : record.route;
    auto found = routes_.find(route);
    if (found == routes_.end()) found = routes_.emplace(route, Methods()).first;
    auto& series = found->second.at(static_cast<std::size_t>(method_of(record.method)));
    if (!series) series = std::make_unique<Series>(Series{{}, core::Histogram(request_bounds)});
    auto& counts = series->counts;
    auto count = std::find_if(counts.begin(), counts.end(),
                              [&](const Series::Count& one) { return one.status == record.status; });
    if (count == counts.end()) count = counts.insert(counts.end(), {record.status, 0});
    ++count->requests;
    constexpr int switching_protocols = 101;
    if (record.status != switching_protocols)
        series->seconds.observe(std::chrono::duration<double>(record.until_answer).count());
    if (next_ != nullptr) next_->answered(record);
}

void RequestTally::crashed(const RequestRecord& record, std::string_view what) {
    ++crashes_;
    if (next_ != nullptr) next_->crashed(record, what);
}

void RequestTally::not_greeted(std::string_view address, std::string_view why) {
    if (next_ != nullptr) next_->not_greeted(address, why);
}

void RequestTally::each(const Each& visit) const {
    for (const auto& [route, by_method] : routes_) {
        for (std::size_t i = 0; i < by_method.size(); ++i) {
            if (!by_method[i]) continue;
            const bool known = static_cast<Method>(i) != Method::Other;
            visit(route, known ? to_string(static_cast<Method>(i)) : "other", *by_method[i]);
        }
    }
}

}  // namespace potd::api
