#include "client/command/pot_view.hpp"

#include "client/text/figures.hpp"
#include "client/text/words.hpp"

#include <algorithm>

namespace potd::client {

bool is_up(const Value& pot) {
    const std::string& state = pot["state"].text();
    return state == "starting" || state == "running" || state == "paused" || state == "stopping" ||
           state == "backoff";
}

Cell state_cell(const Value& pot) {
    const std::string& state = pot["state"].text();
    if (state == "running") return {state, Colour::Green};
    if (state == "failed") return {state, Colour::Red};
    if (is_up(pot) || state == "destroying") return {state, Colour::Yellow};
    return {state, Colour::Dim};
}

std::string age(const Value& time, std::int64_t now) {
    const auto then = parse_time(time.text());
    return then ? format_age(now - *then) : std::string();
}

std::string uptime(const Value& pot, std::int64_t now) {
    const Value& run = pot["run"];
    return run["ended_at"].is_null() ? age(run["started_at"], now) : std::string();
}

std::string command_line(const Value& pot) {
    std::vector<std::string> words;
    for (const auto& word : pot["spec"]["command"].items()) words.push_back(word.text());
    return join_words(words);
}

std::string whole(const Value& number) {
    const auto value = number.integer();
    return value ? std::to_string(*value) : std::string();
}

std::string size(const Value& bytes) {
    const auto value = bytes.integer();
    return value ? format_bytes(*value) : std::string();
}

std::string network(const Value& pot) {
    const std::string& type = pot["spec"]["network"]["type"].text();
    return type.empty() ? "inherit" : type;
}

std::vector<PotAddress> addresses(const Value& pot) {
    std::vector<PotAddress> all;
    for (const auto& one : pot["spec"]["network"]["interfaces"].items()) {
        for (const auto& address : one["addresses"].items())
            all.push_back({one["interface"].text(), address.text().substr(0, address.text().find('/'))});
    }
    std::stable_partition(all.begin(), all.end(),
                          [](const PotAddress& each) { return each.address.find(':') == std::string::npos; });
    return all;
}

}  // namespace potd::client
