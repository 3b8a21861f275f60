// docs/metrics.md, the dashboard, the rules that warn and GET /metrics speak of the same families.
#include "tests/support/api_services.hpp"
#include "tests/support/exposition_reader.hpp"

#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace potd::test {
namespace {

using Json = nlohmann::json;
using ::testing::Contains;
using ::testing::IsEmpty;

std::string file(const std::string& path) {
    std::ifstream in(std::string(POTD_TREE "/") + path);
    return {std::istreambuf_iterator<char>(in), {}};
}

core::RunFigures all_figures() {
    core::RunFigures now;
    for (auto* const value :
         {&now.cpu_usage_ns,  &now.cpu_user_ns,           &now.cpu_system_ns,      &now.cpu_throttled_ns,
          &now.cpu_periods,   &now.cpu_throttled_periods, &now.memory_current,     &now.memory_peak,
          &now.memory_limit,  &now.swap_current,          &now.memory_working_set, &now.memory_kernel,
          &now.page_faults,   &now.major_page_faults,     &now.pids_current,       &now.pids_limit,
          &now.io_read_bytes, &now.io_write_bytes,        &now.io_reads,           &now.io_writes})
        *value = 1;
    now.cpu_stall = now.memory_stall = now.io_stall = core::Stall{};
    now.network = core::NetworkFigures{{}, {}, 1};
    return now;
}

/// A potd of which there is something to tell in every family.
class MetricsDocumentsTest : public ::testing::Test {
  protected:
    MetricsDocumentsTest() {
        core::PotSpec spec;
        spec.name = "web";
        spec.base = "host";
        spec.command = {"/bin/true"};
        spec.limits.cpus = 1;
        spec.health.kind = core::HealthSpec::Kind::Tcp;
        spec.health.port = 80;
        services.heart.pots->create(spec,
                                    [](const auto& made) { ASSERT_TRUE(made.ok()) << made.error().message; });
        services.heart.loop.run();
        services.heart.pots->start("web", [](const auto& begun) { ASSERT_TRUE(begun.ok()); });
        services.heart.loop.run();
        services.measured["web"] = all_figures();
        services.pressure.begin();
        services.heart.feed->publish(
            {99, {}, "pressure.acted", "", "", 0, {{"rule", "r"}, {"action", "warn"}}});
        api::Metrics& metrics = services.metrics;
        metrics.work().count(core::Operation{});
        metrics.work().count(core::HookStage::Prestart, {}, core::milliseconds(1));
        api::RequestRecord record;
        record.method = "GET";
        record.route = "/v1/pots";
        record.status = 200;
        metrics.requests().answered(record);
        told = read_exposition(scrape(metrics));
    }
    ~MetricsDocumentsTest() override { services.pressure.stop(); }

    std::string scrape(api::Metrics& metrics) {
        auto body = metrics.scrape(api::Exposition::Format::Text);
        std::string text;
        for (bool more = true; more;) {
            (*body)->next([&](const core::Result<std::optional<std::string>>& piece) {
                more = piece.ok() && piece->has_value();
                if (more) text += **piece;
            });
            services.heart.loop.run();
        }
        return text;
    }
    /// Those of all families that an expression of PromQL names.
    static std::set<std::string> named_in(const std::string& text) {
        static const std::regex name("\\b(potd|process)_[a-z_]+\\b");
        std::set<std::string> found;
        for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at)
            found.insert(at->str());
        return found;
    }
    /// None is of a family that is not told.
    void expect_told(const std::string& expression) {
        EXPECT_THAT(named_in(expression), ::testing::Not(IsEmpty())) << expression;
        for (std::string name : named_in(expression)) {
            if (name.ends_with("_bucket")) name.resize(name.size() - 7);
            EXPECT_THAT(told.names(), Contains(name)) << expression;
        }
    }

    fakes::ApiServices services;
    Exposed told;
};

TEST_F(MetricsDocumentsTest, TheDocumentHasExactlyTheFamiliesWithTheirTypesAndLabels) {
    EXPECT_THAT(told.problems, IsEmpty());
    const std::regex row(R"(\| `([a-z_]+)` \| (counter|gauge|histogram) \| ([a-z]*) ?\| ([^|]*)\|.*)");
    const std::string text = file("docs/metrics.md");
    std::map<std::string, std::smatch> rows;
    std::set<std::string> documented;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        lines.push_back(text.substr(at, text.find('\n', at) - at));
    for (const std::string& line : lines) {
        std::smatch cells;
        if (!std::regex_match(line, cells, row)) continue;
        const std::string name = cells[1];
        EXPECT_TRUE(documented.insert(name).second) << name << " stands there twice";
        const auto family = told.families.find(name);
        if (family == told.families.end()) continue;  // told of below
        EXPECT_EQ(family->second.type, cells[2]) << name;
        for (const char* const unit : {"seconds", "bytes", "cores"}) {
            const bool has = name.find(std::string("_") + unit) != std::string::npos;
            EXPECT_EQ(has, cells[3] == unit) << name;
        }
        for (const auto& sample : family->second.samples) {
            for (const auto& label : sample.labels) {
                const bool of_all =
                    label.first == "le" || (label.first == "pot" && name.starts_with("potd_pot_"));
                EXPECT_TRUE(of_all || cells[4].str().find("`" + label.first + "`") != std::string::npos)
                    << name << " has the label " << label.first;
            }
        }
    }
    EXPECT_EQ(documented, told.names());
}

TEST_F(MetricsDocumentsTest, TheDashboardAsksForWhatIsTold) {
    const Json board = Json::parse(file("share/grafana/potd.json"));
    EXPECT_EQ(board["title"], "potd");
    std::set<std::string> variables;
    for (const Json& one : board["templating"]["list"]) variables.insert(one["name"]);
    EXPECT_THAT(variables, Contains("datasource"));
    int questions = 0;
    std::set<int> ids;
    for (const Json& panel : board["panels"]) {
        EXPECT_TRUE(ids.insert(panel["id"].get<int>()).second) << panel["title"];
        EXPECT_LE(panel["gridPos"]["x"].get<int>() + panel["gridPos"]["w"].get<int>(), 24);
        if (panel["type"] == "row") continue;
        EXPECT_EQ(panel["datasource"]["uid"], "${datasource}") << panel["title"];
        for (const Json& target : panel["targets"]) {
            expect_told(target["expr"]);
            ++questions;
        }
    }
    EXPECT_GE(questions, 30);
    for (const Json& one : board["templating"]["list"]) {
        if (one["type"] == "query") expect_told(one["query"]["query"]);
    }
}

TEST_F(MetricsDocumentsTest, TheRulesThatWarnAskForWhatIsTold) {
    const std::regex line("\\s*expr: (.+)");
    const std::string text = file("share/prometheus/alerts.yml");
    int rules = 0;
    for (std::sregex_iterator at(text.begin(), text.end(), line), end; at != end; ++at, ++rules) {
        const std::string expression = (*at)[1];
        if (!expression.starts_with("up{")) expect_told(expression);
    }
    EXPECT_GE(rules, 10);
    EXPECT_NE(file("share/prometheus/scrape.yml").find("127.0.0.1:9767"), std::string::npos);
}

}  // namespace
}  // namespace potd::test
