#include "tests/system/truth.hpp"

#include <algorithm>
#include <sstream>
#include <string_view>

namespace potd::test {
namespace {

std::string of_stage(const std::string& run, const std::string& stage, std::string_view what) {
    return run + ": " + stage + std::string(what);
}

std::string run_name(const std::string& pot, int run) {
    return pot + " run " + std::to_string(run);
}

bool is_live(const Json& pot) {
    return pot["state"] == "running" || pot["state"] == "paused" || in_between(pot);
}

void check_record(const std::string& what, const Json& run, Problems& problems) {
    const int ways =
        static_cast<int>(!run["exit_code"].is_null()) + static_cast<int>(!run["signal"].is_null());
    if (ways > 1) problems.push_back(what + ": exit code and signal");
    if (run["lost"] == true && ways != 0) problems.push_back(what + ": lost, but its end is known");
    const bool ran = run["started_at"].is_string();
    if (ran && run["lost"] == false && ways == 0)
        problems.push_back(what + ": ran and was not lost, but how it ended is not told");
    if (!run["reason"].is_string()) problems.push_back(what + ": ended without a reason");
}

}  // namespace

Json HookDiary::hook(const std::string& more) const {
    const std::string line = "\"$POTD_POT_ID $POTD_RUN $POTD_HOOK $POTD_HOOK_ATTEMPT\" >> " + file().string();
    return {{"script", "#!/bin/sh\necho begin " + line + "\n" + more + "\necho end " + line + "\n"}};
}

Json HookDiary::hooks() const {
    Json all;
    for (const char* stage : {"prestart", "poststart", "prestop", "poststop"})
        all[stage] = Json::array({hook()});
    return all;
}

std::map<HookDiary::PotRun, HookDiary::OfRun> HookDiary::read() const {
    std::map<PotRun, OfRun> all;
    std::istringstream text(read_file(file()));
    std::string word;
    std::string pot;
    std::string stage;
    int run = 0;
    int attempt = 0;
    while (text >> word >> pot >> run >> stage >> attempt) {
        auto& entries = all[{pot, run}][stage];
        if (word == "begin")
            entries.push_back({attempt, false});
        else
            for (Entry& entry : entries) entry.ended |= entry.attempt == attempt;
    }
    return all;
}

void HookDiary::clear() const {
    write_file(file(), "");
}

bool in_between(const Json& pot) {
    const Json& state = pot["state"];
    return state == "starting" || state == "stopping" || state == "destroying";
}

std::vector<Json> all_events(PotApi& api) {
    std::vector<Json> all;
    for (;;) {
        const std::string since = std::to_string(all.empty() ? 0 : all.back()["number"].get<int>());
        const Json page = api.request("GET", "/v1/events?limit=1000&since=" + since, nullptr,
                                      {{"Accept", "application/json"}})
                              .json();
        if (!page.is_object() || page["items"].empty()) return all;
        for (const Json& event : page["items"]) all.push_back(event);
    }
}

void check_events(const std::vector<Json>& events, Problems& problems) {
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (events[i]["number"] == i + 1) continue;
        problems.push_back("event " + std::to_string(i + 1) + " is missing");
        return;
    }
}

void check_runs(const Json& pot, const Json& runs, const std::vector<Json>& events, Problems& problems) {
    const std::string name = pot["name"];
    for (std::size_t i = 0; i < runs.size(); ++i) {
        const Json& run = runs[i];
        const std::string what = run_name(name, run["number"].get<int>());
        if (run["number"] != i + 1) problems.push_back(what + " stands at " + std::to_string(i + 1));
        const bool last = i + 1 == runs.size();
        const bool ended = run["ended_at"].is_string();
        if (!ended && !(last && is_live(pot))) problems.push_back(what + " has no end: " + run.dump());
        if (ended && last && pot["state"] == "running") problems.push_back(what + " has ended, the pot runs");
        if (ended) check_record(what, run, problems);
        const auto told = std::count_if(events.begin(), events.end(), [&](const Json& event) {
            return event["pot"] == pot["name"] && event["pot_id"] == pot["id"] &&
                   event["run"] == run["number"] && event["type"] == "pot.exited";
        });
        const bool ran = run["started_at"].is_string();
        if (told > 1 || (ended && ran && told != 1) || (!ended && told != 0))
            problems.push_back(what + " has " + std::to_string(told) + " events pot.exited");
    }
}

void check_hooks(const std::string& pot, int run, const HookDiary::OfRun& diary, bool live,
                 Problems& problems) {
    const std::string what = run_name(pot, run);
    for (const auto& [stage, entries] : diary) {
        for (std::size_t i = 1; i < entries.size(); ++i) {
            if (entries[i].attempt <= entries[i - 1].attempt)
                problems.push_back(of_stage(what, stage, " began twice as attempt ") +
                                   std::to_string(entries[i].attempt));
        }
    }
    const auto poststop = diary.find("poststop");
    const bool stopped = poststop != diary.end() && poststop->second.back().ended;
    if (!live && !diary.empty() && !stopped) problems.push_back(what + ": no poststop hook ran to its end");
    if (live && poststop != diary.end()) problems.push_back(what + ": poststop hook of a run that is live");
}

namespace {

/// All of one stage.
void check_attempts(const std::string& what, const std::string& stage, const std::vector<Json>& attempts,
                    const Json& run, Problems& problems) {
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        const Json& record = attempts[i];
        const std::string cut = record["problem"].is_string() ? record["problem"] : Json("");
        if (record["attempt"] != i + 1) problems.push_back(of_stage(what, stage, " attempts: ") + run.dump());
        if ((cut.rfind("cut", 0) == 0) != (i + 1 < attempts.size()) && stage == "poststop")
            problems.push_back(of_stage(what, stage, " cut and not run again, or the reverse: ") +
                               run["hooks"].dump());
    }
}

}  // namespace

void check_hook_records(const std::string& pot, const Json& run, const HookDiary::OfRun& diary,
                        Problems& problems) {
    const std::string what = run_name(pot, run["number"].get<int>());
    std::map<std::string, std::vector<Json>> records;
    for (const Json& record : run["hooks"]) records[record["stage"]].push_back(record);
    if (run["ended_at"].is_string() && !run["hooks"].empty() && records["poststop"].empty())
        problems.push_back(what + ": hooks, but no poststop: " + run.dump());
    for (const auto& [stage, attempts] : records) check_attempts(what, stage, attempts, run, problems);
    for (const auto& [stage, entries] : diary) {
        for (const HookDiary::Entry& entry : entries) {
            if (entry.attempt > static_cast<int>(records[stage].size()))
                problems.push_back(of_stage(what, stage, " hook ran, but is not recorded"));
        }
    }
}

}  // namespace potd::test
