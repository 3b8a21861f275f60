#include "tests/support/pot_api.hpp"

#include "tests/support/traps.hpp"

#include <stdexcept>

namespace potd::test {
namespace {

std::string of(const std::string& name) {
    return "/v1/pots/" + name;
}

/// Until the traps of the running pot's script stand or its command is over.
void settle(const Json& pot) {
    const Json& run = pot["run"];
    if (pot["spec"]["command"].dump().find("trap ") == std::string::npos || !run.is_object()) return;
    if (run["pid"].is_number()) wait_for_traps(run["pid"].get<pid_t>());
}

}  // namespace

Response PotApi::request(std::string_view method, const std::string& target, const Json& body,
                         const Headers& headers) {
    return connection_.request(method, target, body.is_null() ? std::string() : body.dump(), headers);
}

Response PotApi::act(const std::string& name, const std::string& action, const Json& body) {
    Response response = request("POST", of(name) + "/" + action, body);
    if (action == "restart" && response.status == 200) settle(response.json());
    return response;
}

Json PotApi::expect(int status, std::string_view method, const std::string& target, const Json& body) {
    const Response response = request(method, target, body);
    if (response.status == status) return response.json();
    throw std::runtime_error(std::string(method) + " " + target + " " + body.dump() + " -> " +
                             response.describe());
}

void PotApi::install_base(const Json& request_body) {
    const Response response = request("POST", "/v1/bases", request_body);
    if (response.status != 201 && response.status != 409) {
        throw std::runtime_error("base " + request_body.dump() + " -> " + response.describe());
    }
}

Json PotApi::create(const Json& spec) {
    return expect(201, "POST", "/v1/pots", spec);
}

Json PotApi::start(const std::string& name) {
    Json pot = expect(200, "POST", of(name) + "/start");
    settle(pot);
    return pot;
}

Json PotApi::stop(const std::string& name, const Json& request_body) {
    return expect(200, "POST", of(name) + "/stop", request_body);
}

void PotApi::destroy(const std::string& name, bool force) {
    expect(204, "DELETE", of(name) + (force ? "?force=true" : ""));
}

Json PotApi::inspect(const std::string& name) {
    return expect(200, "GET", of(name));
}

Json PotApi::wait(const std::string& name) {
    return expect(200, "GET", of(name) + "/wait?for=stopped");
}

Json PotApi::runs(const std::string& name) {
    return expect(200, "GET", of(name) + "/runs?limit=1000")["items"];
}

Json PotApi::exec(const std::string& name, const std::vector<std::string>& command, Json more) {
    more["command"] = command;
    return expect(200, "POST", of(name) + "/exec", more);
}

std::string PotApi::logs(const std::string& name, const std::string& query) {
    const Response response = request("GET", of(name) + "/logs" + (query.empty() ? "" : "?" + query));
    if (response.status == 200) return response.body;
    throw std::runtime_error("logs of " + name + " -> " + response.describe());
}

Json PotApi::run(const Json& spec) {
    const std::string name = create(spec)["name"];
    start(name);
    return wait(name);
}

}  // namespace potd::test
