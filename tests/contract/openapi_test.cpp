// potd.yaml, the structs of openapi/wire and the routes of the API say the same.
#include "api/route/openapi_document.hpp"
#include "api/route/routes.hpp"
#include "core/service/operation_truth.hpp"
#include "openapi/wire/audit.hpp"
#include "openapi/wire/base.hpp"
#include "openapi/wire/codec.hpp"
#include "openapi/wire/event.hpp"
#include "openapi/wire/exec.hpp"
#include "openapi/wire/files.hpp"
#include "openapi/wire/flavour.hpp"
#include "openapi/wire/fscomp.hpp"
#include "openapi/wire/network.hpp"
#include "openapi/wire/operation.hpp"
#include "openapi/wire/pot.hpp"
#include "openapi/wire/pressure.hpp"
#include "openapi/wire/prune.hpp"
#include "openapi/wire/space.hpp"
#include "openapi/wire/stats.hpp"
#include "openapi/wire/system.hpp"
#include "openapi/wire/token.hpp"
#include "tests/support/api_services.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace potd::test {
namespace {

using Json = nlohmann::json;

struct Struct {
    std::function<std::vector<wire::FieldInfo>()> fields;
    std::function<std::optional<wire::DecodeError>(std::string_view)> decode;
};

template <class T>
Struct of() {
    return {[] { return wire::fields_of<T>(); },
            [](std::string_view json) {
                T value;
                return wire::decode(json, value);
            }};
}

/// Every schema of an object that has named properties.
// NOLINTNEXTLINE(readability-function-size): a table
const std::map<std::string, Struct>& structs() {
    static const std::map<std::string, Struct> all{
        {"Pot", of<wire::Pot>()},
        {"UnenforcedLimit", of<wire::UnenforcedLimit>()},
        {"LimitAbility", of<wire::LimitAbility>()},
        {"PotList", of<wire::PotList>()},
        {"Run", of<wire::Run>()},
        {"RunList", of<wire::RunList>()},
        {"PotSpec", of<wire::PotSpec>()},
        {"InterfaceSpec", of<wire::InterfaceSpec>()},
        {"DeviceSpec", of<wire::DeviceSpec>()},
        {"DnsSpec", of<wire::DnsSpec>()},
        {"HostEntry", of<wire::HostEntry>()},
        {"NetworkSpec", of<wire::NetworkSpec>()},
        {"PortSpec", of<wire::PortSpec>()},
        {"PotAddress", of<wire::PotAddress>()},
        {"PotPort", of<wire::PotPort>()},
        {"MountSpec", of<wire::MountSpec>()},
        {"IoLimitSpec", of<wire::IoLimitSpec>()},
        {"LimitsSpec", of<wire::LimitsSpec>()},
        {"StopSpec", of<wire::StopSpec>()},
        {"BootSpec", of<wire::BootSpec>()},
        {"HookSpec", of<wire::HookSpec>()},
        {"HooksSpec", of<wire::HooksSpec>()},
        {"BackoffSpec", of<wire::BackoffSpec>()},
        {"RestartSpec", of<wire::RestartSpec>()},
        {"HookRun", of<wire::HookRun>()},
        {"ExecCheckSpec", of<wire::ExecCheckSpec>()},
        {"TcpCheckSpec", of<wire::TcpCheckSpec>()},
        {"HttpCheckSpec", of<wire::HttpCheckSpec>()},
        {"HealthSpec", of<wire::HealthSpec>()},
        {"HealthCheck", of<wire::HealthCheck>()},
        {"HealthReport", of<wire::HealthReport>()},
        {"SecuritySpec", of<wire::SecuritySpec>()},
        {"CapabilitiesSpec", of<wire::CapabilitiesSpec>()},
        {"LogSpec", of<wire::LogSpec>()},
        {"SnapshotsSpec", of<wire::SnapshotsSpec>()},
        {"StopRequest", of<wire::StopRequest>()},
        {"KillRequest", of<wire::KillRequest>()},
        {"RenameRequest", of<wire::RenameRequest>()},
        {"Origin", of<wire::Origin>()},
        {"Snapshot", of<wire::Snapshot>()},
        {"SnapshotList", of<wire::SnapshotList>()},
        {"SnapshotRequest", of<wire::SnapshotRequest>()},
        {"RollbackRequest", of<wire::RollbackRequest>()},
        {"CloneRequest", of<wire::CloneRequest>()},
        {"Storage", of<wire::Storage>()},
        {"EmptyRequest", of<wire::EmptyRequest>()},
        {"ShutdownRequest", of<wire::ShutdownRequest>()},
        {"ShutdownResult", of<wire::ShutdownResult>()},
        {"PruneRequest", of<wire::PruneRequest>()},
        {"PrunedRuns", of<wire::PrunedRuns>()},
        {"PrunedLogs", of<wire::PrunedLogs>()},
        {"PruneResult", of<wire::PruneResult>()},
        {"OomSpec", of<wire::OomSpec>()},
        {"Pressure", of<wire::Pressure>()},
        {"PressureFigure", of<wire::PressureFigure>()},
        {"PressureRule", of<wire::PressureRule>()},
        {"Space", of<wire::Space>()},
        {"BaseSpace", of<wire::BaseSpace>()},
        {"PotSpace", of<wire::PotSpace>()},
        {"SnapshotSpace", of<wire::SnapshotSpace>()},
        {"Flavour", of<wire::Flavour>()},
        {"FlavourList", of<wire::FlavourList>()},
        {"FscompSpace", of<wire::FscompSpace>()},
        {"Fscomp", of<wire::Fscomp>()},
        {"FscompUse", of<wire::FscompUse>()},
        {"FscompList", of<wire::FscompList>()},
        {"FscompSettings", of<wire::FscompSettings>()},
        {"FscompRequest", of<wire::FscompRequest>()},
        {"FscompSnapshot", of<wire::FscompSnapshot>()},
        {"FscompSnapshotList", of<wire::FscompSnapshotList>()},
        {"FscompCloneRequest", of<wire::FscompCloneRequest>()},
        {"Network", of<wire::Network>()},
        {"Subnet", of<wire::Subnet>()},
        {"NetworkUse", of<wire::NetworkUse>()},
        {"NetworkList", of<wire::NetworkList>()},
        {"NetworkRequest", of<wire::NetworkRequest>()},
        {"Base", of<wire::Base>()},
        {"BaseList", of<wire::BaseList>()},
        {"BaseRequest", of<wire::BaseRequest>()},
        {"BaseRevision", of<wire::BaseRevision>()},
        {"BaseUpdate", of<wire::BaseUpdate>()},
        {"BaseRollback", of<wire::BaseRollback>()},
        {"ExecRequest", of<wire::ExecRequest>()},
        {"ExecResult", of<wire::ExecResult>()},
        {"ExecControl", of<wire::ExecControl>()},
        {"ExecStatus", of<wire::ExecStatus>()},
        {"Stats", of<wire::Stats>()},
        {"StatsList", of<wire::StatsList>()},
        {"StatsHistory", of<wire::StatsHistory>()},
        {"CpuStats", of<wire::CpuStats>()},
        {"MemoryStats", of<wire::MemoryStats>()},
        {"PidsStats", of<wire::PidsStats>()},
        {"IoStats", of<wire::IoStats>()},
        {"StallStats", of<wire::StallStats>()},
        {"PressureStats", of<wire::PressureStats>()},
        {"InterfaceStats", of<wire::InterfaceStats>()},
        {"NetworkStats", of<wire::NetworkStats>()},
        {"Process", of<wire::Process>()},
        {"ProcessList", of<wire::ProcessList>()},
        {"Progress", of<wire::Progress>()},
        {"Operation", of<wire::Operation>()},
        {"OperationList", of<wire::OperationList>()},
        {"Event", of<wire::Event>()},
        {"EventList", of<wire::EventList>()},
        {"EventsReset", of<wire::EventsReset>()},
        {"LogLine", of<wire::LogLine>()},
        {"CopiedIn", of<wire::CopiedIn>()},
        {"Info", of<wire::Info>()},
        {"Platform", of<wire::Platform>()},
        {"Capabilities", of<wire::Capabilities>()},
        {"Health", of<wire::Health>()},
        {"Token", of<wire::Token>()},
        {"TokenList", of<wire::TokenList>()},
        {"NewToken", of<wire::NewToken>()},
        {"TokenRequest", of<wire::TokenRequest>()},
        {"AuditEntry", of<wire::AuditEntry>()},
        {"AuditList", of<wire::AuditList>()},
        {"Problem", of<wire::Problem>()},
    };
    return all;
}

class OpenapiTest : public ::testing::Test {
  protected:
    Json document = Json::parse(api::openapi_json);

    /// The node itself or what its $ref points at; `name` becomes the last word of the reference.
    const Json& resolve(const Json& node, std::string* name = nullptr) const {
        if (!node.is_object() || !node.contains("$ref")) return node;
        const std::string reference = node["$ref"];
        if (name != nullptr) *name = reference.substr(reference.rfind('/') + 1);
        return document.at(Json::json_pointer(reference.substr(1)));
    }

    /// Calls `visit(where, schema name, example)` for every example of a media type below `node`.
    void each_example(
        const Json& node, const std::string& where,
        const std::function<void(const std::string&, const std::string&, const Json&)>& visit) const {
        if (!node.is_structured()) return;
        if (node.is_object() && node.contains("schema")) {
            std::string name;
            resolve(node["schema"], &name);
            if (node.contains("example")) visit(where, name, node["example"]);
            if (node.contains("examples") && node["examples"].is_object()) {
                for (const auto& example : node["examples"]) visit(where, name, example.at("value"));
            }
        }
        for (const auto& [key, member] : node.items())
            each_example(member, std::string(where).append("/").append(key), visit);
    }

    [[nodiscard]] std::set<std::string> query_of(const Json& path, const Json& operation) const {
        return parameters_of(path, operation, "query");
    }

    [[nodiscard]] std::set<std::string> parameters_of(const Json& path, const Json& operation,
                                                      const std::string& place) const {
        std::set<std::string> names;
        for (const Json* holder : {&path, &operation}) {
            if (!holder->contains("parameters")) continue;
            for (const Json& parameter : (*holder)["parameters"]) {
                const Json& found = resolve(parameter);
                if (found["in"] == place) names.insert(found["name"].get<std::string>());
            }
        }
        return names;
    }
};

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
    return text;
}

TEST_F(OpenapiTest, DescribesExactlyTheRoutesThereAre) {
    std::set<std::string> described;
    for (const auto& [path, item] : document["paths"].items()) {
        for (const auto& [method, operation] : item.items()) {
            if (method != "parameters") described.insert(std::string(method).append(" ").append(path));
        }
    }
    fakes::ApiServices services;
    std::set<std::string> routed;
    for (const api::Route* route : services.routes().router().routes()) {
        routed.insert(lower(std::string(api::to_string(route->method))) + " " + route->pattern);
    }
    EXPECT_EQ(described, routed);
}

TEST_F(OpenapiTest, DescribesExactlyTheirQueryParametersAndBodies) {
    fakes::ApiServices services;
    for (const api::Route* route : services.routes().router().routes()) {
        const Json& path = document["paths"][route->pattern];
        const Json& operation = path[lower(std::string(api::to_string(route->method)))];
        EXPECT_EQ(query_of(path, operation), std::set<std::string>(route->query.begin(), route->query.end()))
            << route->pattern;
        std::set<std::string> bodies;
        if (operation.contains("requestBody")) {
            for (const auto& body : resolve(operation["requestBody"])["content"].items())
                bodies.insert(body.key());
        }
        EXPECT_EQ(bodies, std::set<std::string>(route->accepts.begin(), route->accepts.end()))
            << route->pattern;
    }
}

TEST_F(OpenapiTest, SaysWhichRequestsAreOperations) {
    fakes::ApiServices services;
    for (const api::Route* route : services.routes().router().routes()) {
        const Json& path = document["paths"][route->pattern];
        const Json& operation = path[lower(std::string(api::to_string(route->method)))];
        const auto headers = parameters_of(path, operation, "header");
        // Of a body that is a stream nothing is kept.
        const bool keyed = route->operation && !route->streams_body;
        const bool async = keyed && core::is_long(*route->operation);
        EXPECT_EQ(headers.contains("Idempotency-Key"), keyed) << route->pattern;
        EXPECT_EQ(headers.contains("Prefer"), async) << route->pattern;
        EXPECT_EQ(operation["responses"].contains("202"), async) << route->pattern;
    }
}

TEST_F(OpenapiTest, EveryStructHasTheFieldsOfItsSchema) {
    for (const auto& [name, one] : structs()) {
        const Json& schema = document["components"]["schemas"][name];
        ASSERT_TRUE(schema.contains("properties")) << name;
        std::set<std::string> described;
        for (const auto& property : schema["properties"].items()) described.insert(property.key());
        std::set<std::string> written;
        std::set<std::string> required;
        for (const wire::FieldInfo& field : one.fields()) {
            written.insert(field.name);
            if (field.required) required.insert(field.name);
        }
        EXPECT_EQ(described, written) << name;
        // Strict schemas are those of requests, and there "required" is what decode insists on.
        if (schema.value("additionalProperties", true)) continue;
        const auto wanted = schema.value("required", std::set<std::string>());
        EXPECT_EQ(wanted, required) << name;
    }
}

TEST_F(OpenapiTest, EverySchemaOfAnObjectHasAStruct) {
    for (const auto& [name, schema] : document["components"]["schemas"].items()) {
        EXPECT_EQ(schema.contains("properties"), structs().contains(name)) << name;
    }
}

TEST_F(OpenapiTest, EveryExampleIsReadByItsStruct) {
    int seen = 0;
    each_example(document, "", [&](const std::string& where, const std::string& name, const Json& example) {
        if (name.empty() || name == "PotPatch") return;  // a part of a spec; the patch tests have those
        const auto found = structs().find(name);
        ASSERT_NE(found, structs().end()) << where << " " << name;
        const auto error = found->second.decode(example.dump());
        EXPECT_FALSE(error) << where << ": " << error->message;
        ++seen;
    });
    EXPECT_GE(seen, 25);
}

TEST_F(OpenapiTest, EveryReferenceLeadsSomewhere) {
    const std::function<void(const Json&)> follow = [&](const Json& node) {
        if (!node.is_structured()) return;
        const bool refers = node.is_object() && node.contains("$ref");
        EXPECT_NO_THROW(resolve(node)) << (refers ? node["$ref"] : Json());
        for (const auto& member : node) follow(member);
    };
    follow(document);
}

TEST_F(OpenapiTest, EveryOperationHasItsOwnName) {
    std::set<std::string> names;
    for (const auto& item : document["paths"]) {
        for (const auto& [method, operation] : item.items()) {
            if (method == "parameters") continue;
            EXPECT_TRUE(names.insert(operation.at("operationId").get<std::string>()).second) << operation;
        }
    }
}

TEST_F(OpenapiTest, HandsOutTheFileOfTheTree) {
    EXPECT_TRUE(api::openapi_yaml.starts_with("openapi: 3.1.0"));
    EXPECT_EQ(document["openapi"], "3.1.0");
    EXPECT_EQ(document["info"]["version"], "0.1.0");
}

}  // namespace
}  // namespace potd::test
