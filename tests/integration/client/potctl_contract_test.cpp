// Every operation of openapi/potd.yaml is what some command of potctl asks for.
#include "tests/integration/client/potctl_fixture.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace potd::test {
namespace {

/// An operation of the document: "GET" and "/v1/pots/{name}".
struct Operation {
    std::string method, path;
};

/// By its operationId. The document has one path, method and id a line, which style tests keep so.
std::map<std::string, Operation> operations_of_the_contract() {
    std::ifstream document(POTD_OPENAPI);
    std::map<std::string, Operation> found;
    std::string path, method;
    for (std::string line; std::getline(document, line);) {
        if (line.starts_with("components:")) break;
        if (line.starts_with("  /")) path = line.substr(2, line.size() - 3);
        if (line.size() > 5 && line.starts_with("    ") && line[4] != ' ' && line.ends_with(':')) {
            method = line.substr(4, line.size() - 5);
            std::transform(method.begin(), method.end(), method.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
        }
        constexpr std::string_view key = "      operationId: ";
        if (line.starts_with(key)) found[line.substr(key.size())] = {method, path};
    }
    return found;
}

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> parts(1);
    for (const char c : text) {
        if (c == separator) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    return parts;
}

/// Whether the request is one of the operation: "{name}" stands for any one part of the path.
bool is_of(const FakeRequest& request, const Operation& operation) {
    if (request.method != operation.method) return false;
    const auto asked = split(request.target.substr(0, request.target.find('?')), '/');
    const auto parts = split(operation.path, '/');
    return std::equal(asked.begin(), asked.end(), parts.begin(), parts.end(),
                      [](const std::string& one, const std::string& part) {
                          return part.starts_with('{') ? !one.empty() : one == part;
                      });
}

using ContractWords = std::vector<std::string>;

/// What to type for each operation.
// NOLINTNEXTLINE(readability-function-size): a table
const std::vector<std::pair<std::string, ContractWords>>& commands() {
    static const std::vector<std::pair<std::string, ContractWords>> all{
        {"getInfo", {"system", "info"}},
        {"getHealth", {"system", "health"}},
        {"getReady", {"system", "health"}},
        {"getOpenapiJson", {"system", "openapi", "--format", "json"}},
        {"getOpenapiYaml", {"system", "openapi"}},
        {"getMetrics", {"system", "metrics"}},
        {"getSpace", {"system", "df"}},
        {"getPressure", {"oom"}},
        {"prune", {"system", "prune"}},
        {"shutDown", {"system", "shutdown"}},
        {"listBases", {"list", "-b"}},
        {"installBase", {"create-base", "--host"}},
        {"getBase", {"inspect", "-b", "host"}},
        {"removeBase", {"destroy", "-b", "host"}},
        {"updateBase", {"update-base", "-b", "host"}},
        {"rollBackBase", {"rollback-base", "-b", "host", "-n", "1"}},
        {"listFscomps", {"list", "-f"}},
        {"createFscomp", {"create-fscomp", "-f", "site"}},
        {"getFscomp", {"inspect", "-f", "site"}},
        {"changeFscomp", {"set-quota", "-f", "site", "-q", "1G"}},
        {"removeFscomp", {"destroy", "-f", "site"}},
        {"listNetworks", {"list", "-B"}},
        {"createNetwork", {"create-private-bridge", "-B", "backend"}},
        {"getNetwork", {"inspect", "-B", "backend"}},
        {"removeNetwork", {"destroy", "-B", "backend"}},
        {"startNetwork", {"vnet-start", "-B", "backend"}},
        {"listFscompSnapshots", {"snapshots", "-f", "site"}},
        {"takeFscompSnapshot", {"snapshot", "-f", "site"}},
        {"purgeFscompSnapshots", {"purge-snapshots", "-f", "site"}},
        {"getFscompSnapshot", {"inspect", "-f", "site", "-s", "1"}},
        {"removeFscompSnapshot", {"remove-snapshot", "-f", "site", "-s", "1"}},
        {"rollBackFscomp", {"revert", "-f", "site"}},
        {"cloneFscomp", {"clone-fscomp", "-f", "copy", "-F", "site"}},
        {"listFlavours", {"list", "-F"}},
        {"getFlavour", {"inspect", "-F", "slim"}},
        {"listPots", {"list"}},
        {"createPot", {"create", "-p", "web", "-b", "host"}},
        {"getPot", {"inspect", "web"}},
        {"changePot", {"set-cmd", "-p", "web", "-c", "/bin/true"}},
        {"destroyPot", {"destroy", "web"}},
        {"renamePot", {"rename", "-p", "web", "-n", "www"}},
        {"mount", {"mount-in", "-p", "web", "-f", "site", "-m", "/srv"}},
        {"unmount", {"mount-out", "-p", "web", "-m", "/srv"}},
        {"startPot", {"start", "web"}},
        {"stopPot", {"stop", "web"}},
        {"restartPot", {"restart", "web"}},
        {"killPot", {"kill", "web"}},
        {"pausePot", {"pause", "web"}},
        {"resumePot", {"resume", "web"}},
        {"waitPot", {"wait", "web"}},
        {"listSnapshots", {"snapshots", "web"}},
        {"takeSnapshot", {"snapshot", "-p", "web"}},
        {"purgeSnapshots", {"purge-snapshots", "-p", "web"}},
        {"getSnapshot", {"inspect", "web", "-s", "1"}},
        {"removeSnapshot", {"remove-snapshot", "-p", "web", "-s", "1"}},
        {"rollBackPot", {"revert", "-p", "web"}},
        {"clonePot", {"clone", "-P", "web", "-p", "copy"}},
        {"promotePot", {"promote", "-p", "web"}},
        {"listRuns", {"runs", "web"}},
        {"getRun", {"runs", "web", "-n", "1"}},
        {"getPotHealth", {"health", "web"}},
        {"getLogs", {"logs", "web"}},
        {"copyOut", {"copy-out", "-p", "web", "-s", "/etc/hosts", "-d", "/tmp"}},
        {"copyIn", {"copy-in", "-p", "web", "-s", POTD_OPENAPI, "-d", "/srv"}},
        {"listStats", {"stats", "--no-stream"}},
        {"getStats", {"stats", "web", "--no-stream"}},
        {"listStatsHistory", {"stats", "web", "--history"}},
        {"listProcesses", {"top", "web"}},
        {"getEvents", {"events"}},
        {"execInPot", {"exec", "-p", "web", "--result", "json", "--", "true"}},
        {"execInPotInteractive", {"exec", "-p", "web", "--", "true"}},
        {"attachPot", {"attach", "web"}},
        {"listAudit", {"audit"}},
        {"listTokens", {"token", "list"}},
        {"createToken", {"token", "create", "ci"}},
        {"getToken", {"token", "show", "ci"}},
        {"revokeToken", {"token", "revoke", "ci"}},
        {"listOperations", {"operations"}},
        {"getOperation", {"operations", "show", "17"}},
        {"cancelOperation", {"operations", "cancel", "17"}},
        {"getOperationOutput", {"operations", "output", "17"}},
    };
    return all;
}

class PotctlContractTest : public PotctlTest {
  protected:
    PotctlContractTest() { potd_.answer_otherwise(404, problem(404, "not_found", "nothing is here")); }
};

TEST_F(PotctlContractTest, EveryOperationIsInTheTable) {
    auto contract = operations_of_the_contract();
    ASSERT_GT(contract.size(), 70U) << POTD_OPENAPI;
    // A page for browsers.
    EXPECT_EQ(contract.erase("getDocs") + contract.erase("getDocsFile"), 2U);
    for (const auto& [operation, words] : commands())
        EXPECT_EQ(contract.erase(operation), 1U) << operation << " is not in the contract, or twice here";
    for (const auto& [operation, where] : contract)
        ADD_FAILURE() << "no command of potctl asks for " << operation << ": " << where.method << ' '
                      << where.path;
}

TEST_F(PotctlContractTest, EveryCommandOfTheTableAsksForItsOperation) {
    const auto contract = operations_of_the_contract();
    for (const std::string line :
         {"GET /v1/pots/web", "GET /v1/health", "GET /v1/info", "GET /v1/ready"})  // looked at before
        potd_.answer(line, 200, pot("web", "running"));
    for (const auto& [operation, words] : commands()) {
        const std::size_t before = potd_.requests().size();
        const ProgramResult result = potctl(words);
        const auto requests = potd_.requests();
        const auto wanted = contract.find(operation);
        ASSERT_NE(wanted, contract.end()) << operation;
        const bool asked =
            std::any_of(requests.begin() + static_cast<std::ptrdiff_t>(before), requests.end(),
                        [&](const FakeRequest& request) { return is_of(request, wanted->second); });
        EXPECT_TRUE(asked) << words[0] << " does not ask for " << operation << ": " << result.err;
    }
}

}  // namespace
}  // namespace potd::test
