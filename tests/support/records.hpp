#pragma once

#include "core/port/journal.hpp"

#include <cstdint>
#include <string>
#include <utility>

namespace potd::test {

// Small valid records for tests of whoever stores them.

inline core::Pot make_pot(std::string id, std::string name) {
    core::Pot pot;
    pot.id.text = std::move(id);
    pot.spec.name = std::move(name);
    pot.spec.base = "host";
    pot.created_at.ms = 1'700'000'000'000;
    pot.changed_at.ms = 1'700'000'000'001;
    pot.driver = "overlay";
    return pot;
}

inline core::Run make_run(std::uint32_t number) {
    core::Run run;
    run.number = number;
    run.requested_at.ms = 1'700'000'000'100 + number;
    run.started_at = core::WallTime{1'700'000'000'200 + number};
    run.processes = {{101, 0xfedcba9876543210U}, {102, 2}, {103, 3}};
    run.boot_id = "b-1";
    return run;
}

inline core::ExitRecord make_end(int exit_code) {
    core::ExitRecord end;
    end.ended_at.ms = 1'700'000'001'000;
    end.exit_code = exit_code;
    end.reason = "exited";
    end.peak_memory = 4096;
    return end;
}

inline core::Event make_event(std::string type, std::string pot_id = {}, std::string pot = {}) {
    core::Event event;
    event.time.ms = 1'700'000'000'500;
    event.type = std::move(type);
    event.pot_id = std::move(pot_id);
    event.pot = std::move(pot);
    return event;
}

}  // namespace potd::test
