#pragma once

#include "api/route/routes.hpp"
#include "tests/fakes/fake_meter.hpp"
#include "tests/fakes/fake_pot_files.hpp"
#include "tests/support/core_fixture.hpp"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace potd::fakes {

/// The lines a test puts there, a few at a time.
class FakeLogs : public core::LogReader {
  public:
    core::Result<std::unique_ptr<core::LogCursor>> open(const std::string& directory,
                                                        const core::LogQuery& asked) override {
        opened.push_back(directory);
        query = asked;
        if (error) return *error;
        return std::unique_ptr<core::LogCursor>(std::make_unique<Cursor>(*this, asked.follow));
    }

    void prune(const core::LogPrune& what, core::Reply<core::LogPruned> reply) override {
        prunes.push_back(what);
        if (error) return reply(*error);
        reply(prunes.size() == 1 ? prunable : core::LogPruned{});
    }

    /// A follower gets the new lines at once.
    void add(core::LogLine line) {
        lines.push_back(std::move(line));
        if (waiting) std::exchange(waiting, nullptr)(take());
    }

    std::vector<core::LogPrune> prunes;
    core::LogPruned prunable;  ///< of the first directory
    std::vector<std::string> opened;
    core::LogQuery query;
    std::optional<core::Error> error;
    std::deque<core::LogLine> lines;
    core::Reply<std::vector<core::LogLine>> waiting;
    int cursors = 0;

  private:
    class Cursor : public core::LogCursor {
      public:
        Cursor(FakeLogs& logs, bool follow) : logs_(logs), follow_(follow) { ++logs_.cursors; }
        ~Cursor() override {
            --logs_.cursors;
            logs_.waiting = nullptr;
        }
        void next(core::Reply<std::vector<core::LogLine>> reply) override {
            if (logs_.lines.empty() && follow_) {
                logs_.waiting = std::move(reply);
            } else {
                reply(logs_.take());
            }
        }
        void finish() override {
            follow_ = false;
            if (logs_.waiting) std::exchange(logs_.waiting, nullptr)(logs_.take());
        }

      private:
        FakeLogs& logs_;
        bool follow_;
    };

    std::vector<core::LogLine> take() {
        std::vector<core::LogLine> taken;
        for (; !lines.empty() && taken.size() < 2; lines.pop_front()) taken.push_back(lines.front());
        return taken;
    }
};

/// A command that does what the test says.
class FakeSession : public core::ExecSession {
  public:
    struct State {
        Output output;
        Done done;
        std::string input;
        bool input_closed = false;
        bool held = false;
        bool gone = false;
        std::size_t unwritten = 0;
        std::vector<std::string> calls;
    };
    explicit FakeSession(std::shared_ptr<State> state) : state_(std::move(state)) {}
    ~FakeSession() override {
        state_->gone = true;
        state_->output = nullptr;
        state_->done = nullptr;
    }
    void start(Output output, Done done) override {
        state_->output = std::move(output);
        state_->done = std::move(done);
    }
    void pause_output(bool paused) override { state_->held = paused; }
    core::Status write(std::string_view bytes) override {
        if (state_->input_closed) return core::error(core::ErrorKind::Conflict, "closed");
        state_->input += bytes;
        return {};
    }
    [[nodiscard]] std::size_t unwritten() const override { return state_->unwritten; }
    void close_stdin() override { state_->input_closed = true; }
    core::Status resize(std::uint16_t rows, std::uint16_t columns) override {
        state_->calls.push_back("resize " + std::to_string(rows) + " " + std::to_string(columns));
        return {};
    }
    core::Status signal(int number) override {
        state_->calls.push_back("signal " + std::to_string(number));
        return {};
    }

  private:
    std::shared_ptr<State> state_;
};

/// Hands out one FakeSession after the other; the replies come through the loop.
class SessionHost : public core::ExecHost {
  public:
    explicit SessionHost(core::Executor& loop) : loop_(loop) {}
    void exec(const core::RunKey& key, core::ExecRequest request,
              core::Reply<std::unique_ptr<core::ExecSession>> reply) override {
        requests.push_back(std::move(request));
        attach(key, {}, std::move(reply));
    }
    void attach(const core::RunKey& /*key*/, const core::AttachOptions& /*options*/,
                core::Reply<std::unique_ptr<core::ExecSession>> reply) override {
        loop_.post([this, reply = std::move(reply)] {
            if (error) return reply(*error);
            session = std::make_shared<FakeSession::State>();
            reply(std::unique_ptr<core::ExecSession>(std::make_unique<FakeSession>(session)));
        });
    }
    std::vector<core::ExecRequest> requests;
    std::shared_ptr<FakeSession::State> session;
    std::optional<core::Error> error;

  private:
    core::Executor& loop_;
};

/// Every route over a whole core on fakes.
class ApiServices {
  public:
    ApiServices() { heart.install_base(); }

    [[nodiscard]] api::Routes& routes() {
        if (!routes_) routes_ = std::make_unique<api::Routes>(services());
        return *routes_;
    }

    CoreFixture heart;
    FakeLogs logs;
    FakeMeter meter;
    FakeProcessLister processes;
    SessionHost exec{heart.loop};
    MemoryHistory history{heart.journal, heart.loop};
    core::PastPruner past{{heart.journal, history, logs, heart.files, *heart.supervisor}};
    core::Result<core::DiskRoom> room = core::DiskRoom{1000, 400};
    core::SpaceSurvey space{{heart.files, logs, *heart.bases, *heart.volumes, *heart.volume_snapshots,
                             *heart.pots, *heart.snapshots, [this] { return room; }}};
    FakePressureGauge gauge;
    core::PressureWatch pressure{
        {gauge, meter, *heart.pots, *heart.supervisor, heart.journal, *heart.feed, heart.clock, heart.timers,
         [this](const std::string& text) { heart.complaints.push_back(text); }},
        {{core::usual_pressure_rules()}}};
    core::FigureSampler figures{{meter, *heart.pots, heart.clock, heart.timers}, {}};
    FakePotFiles pot_files;
    core::FileCopies copies{
        {pot_files, *heart.supervisor, *heart.pots, heart.loop,
         [this](const core::Pot& pot) { return heart.files.root(pot.id, *heart.bases->ground_of(pot)); },
         1'000'000}};
    std::map<std::string, core::RunFigures> measured;  ///< by name, of pots that were measured
    core::StoreFigures store;
    core::ProcessFigures process{2'500'000, 30 << 20, 300 << 20, 17, 1024};
    std::vector<api::ListenerFigures> listeners{{"api", {}}};
    [[nodiscard]] api::Metrics::Ports metrics_ports() {
        const auto of_pot = [this](const core::Pot& pot) -> const core::RunFigures* {
            const auto found = measured.find(pot.spec.name);
            return found == measured.end() ? nullptr : &found->second;
        };
        return {*heart.pots,
                *heart.operations,
                pressure,
                *heart.bases,
                *heart.volumes,
                *heart.bridges,
                *heart.feed,
                heart.loop,
                of_pot,
                [this] { return store; },
                [this] { return process; },
                [this] { return listeners; }};
    }
    api::Metrics metrics{metrics_ports(), {"0.1.0", "Linux", "overlay", core::WallTime{1'700'000'000'000}}};
    core::Status ready;
    int shutdowns = 0;
    core::TokenService tokens{{heart.journal, heart.clock, heart.loop, *heart.feed,
                               [this](const std::string& text) { heart.complaints.push_back(text); }}};
    api::TokenKey token_key{std::string(32, 'k')};
    core::AuditLog audit_log{{heart.journal, heart.clock,
                              [this](const std::string& text) { heart.complaints.push_back(text); },
                              [this](const core::AuditRecord& record) { audited.push_back(record); }}};
    std::vector<core::AuditRecord> audited;  ///< requests that have ended
    api::AuditTrail audit{audit_log, *heart.pots};
    /// Before `routes` is called for the first time.
    api::AccessRules access{{}, {}, core::Grant{core::Role::Admin, {}}, {}};

  private:
    api::Services services() {
        core::HostFacts host;
        host.system = "Linux";
        host.cgroup_mode = "hybrid";
        host.degraded = {"no PSI"};
        host.limits = {{"memory", ""}, {"io_weight", "no bfq"}};
        return {*heart.pots,
                *heart.snapshots,
                *heart.bases,
                *heart.bases_of_pots,
                *heart.base_updates,
                *heart.volumes,
                *heart.volume_snapshots,
                *heart.bridges,
                *heart.operations,
                *heart.feed,
                history,
                heart.files,
                logs,
                exec,
                processes,
                figures,
                past,
                space,
                pressure,
                copies,
                *heart.flavours,
                *heart.outputs,
                tokens,
                token_key,
                audit,
                heart.secrets,
                metrics,
                heart.clock,
                heart.timers,
                heart.loop,
                {"0.1.0", "test", core::WallTime{1'700'000'000'000}, host},
                [this] { return ready; },
                [this] { ++shutdowns; },
                {},
                access};
    }
    std::unique_ptr<api::Routes> routes_;
};

}  // namespace potd::fakes
