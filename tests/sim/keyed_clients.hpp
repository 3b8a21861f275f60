#pragma once

#include "core/service/operation_service.hpp"
#include "core/service/pot_service.hpp"
#include "tests/sim/choice.hpp"
#include "tests/sim/judge.hpp"
#include "tests/sim/sim_store.hpp"

#include <cstdint>
#include <deque>
#include <string>

namespace potd::sim {

/// Clients that send a key with each request, and repeat it when they like: while it is under way, after its
/// answer, after a crash that took the answer. They watch that a key acts once and that what they were told
/// is not forgotten.
class KeyedClients {
  public:
    KeyedClients(SimStore& store, Judge& judge) : store_(store), judge_(judge) {}

    /// The part of potd they talk to.
    struct Door {
        core::OperationService& operations;
        core::PotService& pots;
    };
    void ask(Door door, const Choice& choice);
    void repeat(Door door, std::uint32_t a);
    void cancel(Door door, std::uint32_t a);

    /// potd has died: nobody waits any more.
    void kill();
    /// The next potd goes by a clock that was set meanwhile: what was done long ago by it may be forgotten.
    void clock_was_set();
    /// At rest every operation has ended, and who asked has an answer.
    void check_at_rest(const core::OperationService& operations);

  private:
    struct Request {
        core::OperationKind kind = core::OperationKind::Start;
        std::string pot;
        core::IdempotencyKey key;
        std::uint32_t number = 0;  ///< what else it says follows from it
        int open = 0;              ///< answers that are to come
        bool promised = false;     ///< it was told that it is done, by a record that cannot be lost
        bool old = false;          ///< perhaps, by a clock that was set: its key may be forgotten
    };

    void send(Door door, std::size_t which);
    void act(Door door, std::size_t which, const std::string& id);
    void answered(core::OperationService& operations, std::size_t which, const std::string& id,
                  const core::Status& status);

    SimStore& store_;
    Judge& judge_;
    std::deque<Request> requests_;
    unsigned lives_ = 0;  ///< of potd, so far
};

}  // namespace potd::sim
