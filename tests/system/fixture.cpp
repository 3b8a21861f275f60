#include "tests/system/fixture.hpp"

#include "tests/support/binaries.hpp"
#include "tests/support/host_probe.hpp"
#include "tests/support/leak_check.hpp"

#include <atomic>
#include <memory>
#include <optional>

namespace potd::test {
namespace {

std::unique_ptr<PotdProcess>& shared() {
    static std::unique_ptr<PotdProcess> process;
    return process;
}

const Json host_base = {{"name", "host"}, {"host", true}};

/// Ends the shared potd and looks for what the whole program left behind.
class Cleanliness : public ::testing::Environment {
  public:
    void SetUp() override { before_.emplace(); }
    void TearDown() override {
        shared().reset();
        for (const std::string& object : before_->leftovers()) ADD_FAILURE() << "left behind: " << object;
    }

  private:
    std::optional<LeakCheck> before_;
};

const auto* const environment =
    ::testing::AddGlobalTestEnvironment(new Cleanliness);  // NOLINT: gtest owns it

std::string last_part(const std::string& text, std::size_t size) {
    return text.size() > size ? "…" + text.substr(text.size() - size) : text;
}

void show_log(const PotdProcess& potd) {
    if (::testing::Test::HasFailure())
        std::printf("--- log of potd\n%s\n---\n", last_part(potd.log(), 12'000).c_str());
}

}  // namespace

std::string problem_field(const Response& response) {
    const Json body = response.json();
    return body.is_object() ? body.value("field", "") : "";
}

std::string problem_code(const Response& response) {
    const Json body = response.json();
    return body.is_object() ? body.value("code", "") : "";
}

PotdProcess& SystemTest::potd() {
    if (!shared()) shared() = std::make_unique<PotdProcess>();
    return *shared();
}

SystemTest::SystemTest() : api(potd().socket()) {}

void SystemTest::SetUp() {
    if (const std::string reason = lacks_potd(); !reason.empty()) GTEST_SKIP() << reason;
    if (!potd().running()) {
        potd().start();
        api.install_base(host_base);
    }
    potd_pid_ = potd().pid();
}

void SystemTest::TearDown() {
    if (IsSkipped() && potd_pid_ == 0) return;
    for (const std::string& name : names_) {
        const Response gone = api.request("DELETE", "/v1/pots/" + name + "?force=true");
        EXPECT_TRUE(gone.status == 204 || gone.status == 404) << name << ": " << gone.describe();
    }
    EXPECT_EQ(api.request("GET", "/v1/health").status, 200);
    EXPECT_FALSE(wait_for_exit(potd_pid_, milliseconds(0))) << "potd died";
    show_log(potd());
}

std::string SystemTest::fresh_name() {
    static std::atomic<int> number = 0;
    names_.push_back(test_token() + "-" + std::to_string(++number));
    return names_.back();
}

std::string SystemTest::create(Json spec) {
    if (!spec.contains("name")) spec["name"] = fresh_name();
    if (!spec.contains("base")) spec["base"] = "host";
    return api.create(spec)["name"];
}

std::string SystemTest::start(Json spec) {
    const std::string name = create(std::move(spec));
    api.start(name);
    return name;
}

Json SystemTest::run_script(const std::string& script, Json spec) {
    spec["command"] = sh(script);
    return api.wait(start(std::move(spec)));
}

std::string SystemTest::output_of(const std::string& script, Json spec) {
    spec["command"] = sh(script);
    const std::string name = start(std::move(spec));
    const Json end = api.wait(name);
    EXPECT_EQ(end["exit_code"], 0) << end << api.logs(name);
    return api.logs(name, "stream=stdout");
}

Outcome SystemTest::shell(const std::string& script) {
    ProgramOptions options;
    options.env = {{"POTD_URL", "unix://" + potd().socket()}};
    options.timeout = milliseconds(900'000);
    return run_program({"sh", "-c", "PATH=" + binary_directory() + ":$PATH; " + script}, options);
}

void OwnPotdTest::SetUp() {
    if (const std::string reason = lacks_potd(); !reason.empty()) GTEST_SKIP() << reason;
}

void OwnPotdTest::TearDown() {
    show_log(potd);
}

void OwnPotdTest::start_potd() {
    potd.start();
    api().install_base(host_base);
}

}  // namespace potd::test
