#include "client/command/flavours.hpp"

#include "client/command/async.hpp"
#include "client/command/local_path.hpp"
#include "client/command/operation_progress.hpp"
#include "client/output/json_text.hpp"
#include "client/output/sink.hpp"

#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

namespace potd::client {
namespace {

bool is_file_here(const std::string& path) {
    std::error_code problem;
    return std::filesystem::is_regular_file(path, problem);
}

std::string flavour_for_potd(const std::string& given) {
    const bool is_path = given.find('/') != std::string::npos;
    if (!is_path && !is_file_here(given) && !is_file_here(given + ".sh")) return given;
    return std::filesystem::path(absolute_path(given)).lexically_normal();
}

std::string operation_path(const std::string& id, std::string_view rest) {
    return "/v1/operations/" + url_escape(id) + std::string(rest);
}

/// Until it ends; how it ended is asked for otherwise, also if potd goes meanwhile.
void copy_output(Invocation& invocation, const std::string& id) {
    auto stream = invocation.api().stream(operation_path(id, "/output?follow=true"), "text/plain");
    if (!stream) return;
    Sink sink(2);
    for (std::string text; sink.error() == 0; text.clear()) {
        const auto more = stream->body.read(stream->connection, text);
        if (!more || !*more) return;
        sink.write(text);
    }
}

Failure failure_of(const Value& operation) {
    const Value& error = operation["error"];
    Failure failure =
        failure_from(static_cast<int>(error["status"].integer().value_or(0)), compact_json(error));
    // What was made and then failed is no mistake in what was typed.
    if (failure.exit == exit_code::usage && !operation["pot_id"].is_null()) failure.exit = exit_code::failed;
    return failure;
}

enum class Output { None, Copied };

Result<Value> post_asynchronously(Invocation& invocation, std::string_view target, const Value& body,
                                  Output output) {
    Api& api = invocation.api();
    api.respond_async();
    const auto accepted = api.post(target, body);
    api.respond_async(false);  // what follows is waited for
    if (!accepted) return accepted;
    const std::string id = (*accepted)["id"].text();
    if ((*accepted)["kind"].is_null()) return accepted;  // it was quicker than the answer
    if (output == Output::Copied) copy_output(invocation, id);
    const auto operation = await_operation(api, id);
    if (!operation) return operation;
    if (!(*operation)["error"].is_null()) return failure_of(*operation);
    const std::string base = (*operation)["base"].text();
    return api.get(base.empty() ? pot_url((*operation)["pot"].text()) : "/v1/bases/" + url_escape(base));
}

}  // namespace

void set_flavours(const Arguments& arguments, Value& body) {
    std::vector<std::string> flavours;
    for (const std::string& given : arguments.values("flavour")) flavours.push_back(flavour_for_potd(given));
    if (!flavours.empty()) body.set("flavours", flavours);
    if (arguments.has("keep")) body.set("keep_on_failure", true);
}

Result<Value> post_new_pot(Invocation& invocation, std::string_view target, const Value& body) {
    Api& api = invocation.api();
    const bool follow = !body["flavours"].items().empty() && !invocation.has("async");
    return follow ? post_followed(invocation, target, body) : api.post(target, body);
}

Result<Value> post_followed(Invocation& invocation, std::string_view target, const Value& body) {
    return post_asynchronously(invocation, target, body,
                               invocation.has("quiet") ? Output::None : Output::Copied);
}

Result<Value> post_awaited(Invocation& invocation, std::string_view target, const Value& body) {
    return post_asynchronously(invocation, target, body, Output::None);
}

}  // namespace potd::client
