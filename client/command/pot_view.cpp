#include "client/command/pot_view.hpp"

#include "client/text/figures.hpp"
#include "client/text/words.hpp"

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
    for (const auto& one : pot["addresses"].items()) {
        if (!one["address"].is_null()) all.push_back({one["interface"].text(), one["address"].text()});
    }
    return all;
}

std::string first_address(const Value& pot) {
    const auto all = addresses(pot);
    return all.empty() ? std::string() : all.front().address;
}

std::string port_text(const Value& port) {
    const auto row = [&](std::string_view side) {
        const std::int64_t first = port[side].integer().value_or(0);
        const std::int64_t count = port["count"].integer().value_or(1);
        return std::to_string(first) + (count > 1 ? "-" + std::to_string(first + count - 1) : "");
    };
    std::string address = port["address"].text();
    if (address.find(':') != std::string::npos) address = "[" + address + "]";
    return (address.empty() ? "" : address + ":") + row("host") + "->" + row("container") + "/" +
           port["protocol"].text();
}

std::string ports_text(const Value& pot) {
    std::string all;
    for (const auto& port : pot["ports"].items()) all += (all.empty() ? "" : " ") + port_text(port);
    return all;
}

}  // namespace potd::client
