#include "client/command/line_reader.hpp"
#include "client/command/log_lines.hpp"
#include "client/command/table.hpp"
#include "client/text/figures.hpp"

#include <unistd.h>

namespace potd::client {
namespace {

constexpr Option logs_options[] = {
    pot_option,
    {'f', "follow", "", "go on until the pot ends"},
    {'n', "tail", "NUMBER", "only the last lines"},
    {0, "since", "TIME", "only what is newer: a time, or how long ago, for instance 10m"},
    {0, "stream", "STREAM", "only one of its outputs", Completes::Nothing, "stdout|stderr"},
    {'t', "timestamps", "", "put the time in front of each line"},
    {0, "run", "NUMBER", "only this run's lines"},
};

Result<std::string> query(const Invocation& invocation) {
    std::string text = invocation.has("follow") ? "?follow=true" : "?follow=false";
    for (const std::string_view name : {"tail", "stream", "run"}) {
        if (auto value = invocation.value(name)) ((text += '&') += name) += '=' + url_escape(*value);
    }
    if (const auto since = invocation.value("since")) {
        const auto time = parse_since(*since, now_ms());
        if (!time) return time.failure();
        text += "&since=" + url_escape(*time);
    }
    return text;
}

Result<int> run_logs(Invocation& invocation) {
    const auto pot = invocation.pot();
    if (!pot) return pot.failure();
    const auto parameters = query(invocation);
    if (!parameters) return parameters.failure();
    auto stream = invocation.api().stream(pot_url(*pot, "/logs" + *parameters), "application/x-ndjson");
    if (!stream) return stream.failure();
    stream->connection.end_with_reader_of(STDOUT_FILENO);
    LogLines lines(invocation.has("timestamps"));
    LineReader reader(std::move(*stream), [&](const Value& line) -> Status {
        lines.write(line);
        if (!lines.open()) return failed("cannot write the output");
        return Done{};
    });
    if (auto done = reader.read_all(); !done && !lines.unread() && done.failure().code != unread)
        return done.failure();
    return exit_code::ok;
}

}  // namespace

const Command logs_command{"logs",
                           "",
                           Section::Inspection,
                           Operands::Pot,
                           "[-p] POT [-f] [-n NUMBER] [--since TIME]",
                           "print what the pot's command wrote",
                           "What it wrote to its standard error goes to standard error. "
                           "On a terminal control characters are escaped, except for colours.",
                           logs_options,
                           run_logs};

}  // namespace potd::client
