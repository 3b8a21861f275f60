#include "tests/sim/keyed_clients.hpp"

#include "tests/sim/clients.hpp"

#include <array>
#include <utility>

namespace potd::sim {

using core::OperationKind;
using core::OperationState;
using core::PotPtr;
using core::Result;
using core::Status;

void KeyedClients::ask(Door door, const Choice& choice) {
    static constexpr std::array kinds{OperationKind::Create, OperationKind::Create,  OperationKind::Start,
                                      OperationKind::Start,  OperationKind::Start,   OperationKind::Stop,
                                      OperationKind::Stop,   OperationKind::Restart, OperationKind::Destroy,
                                      OperationKind::Pause};
    Request request;
    request.kind = kinds[choice.b % kinds.size()];
    request.pot = name_of(choice.a);
    request.number = choice.b;
    request.key = {"key " + std::to_string(requests_.size()), std::to_string(choice.b)};
    requests_.push_back(std::move(request));
    send(door, requests_.size() - 1);
}

void KeyedClients::repeat(Door door, std::uint32_t a) {
    // Mostly one of the last.
    if (requests_.empty()) return;
    const std::size_t back =
        a % 4 == 0 ? a / 4 % requests_.size() : a / 4 % std::min<std::size_t>(3, requests_.size());
    send(door, requests_.size() - 1 - back);
}

void KeyedClients::cancel(Door door, std::uint32_t a) {
    core::OperationQuery running;
    running.state = OperationState::Running;
    const auto found = door.operations.list(running);
    if (!found.empty()) door.operations.cancel(found[a % found.size()].id, [](const auto&) {});
}

void KeyedClients::send(Door door, std::size_t which) {
    Request& request = requests_[which];
    const std::string what =
        request.key.text + ": " + std::string(core::to_string(request.kind)) + " " + request.pot;
    const Result<std::string> used = door.operations.used_by({}, request.key);
    judge_.expect(used.ok(), "I7", [&] { return what + " is taken for another request"; });
    if (!used) return;
    judge_.expect(!request.promised || request.old || !used->empty(), "I5",
                  [&] { return what + " was done and is forgotten"; });
    ++request.open;
    if (!used->empty()) {
        judge_.note([&] { return "    again " + what; });
        door.operations.wait(*used, [this, which, life = lives_](const auto&) {
            if (life == lives_) --requests_[which].open;
        });
        return;
    }
    judge_.note([&] { return "    first " + what; });
    act(door, which, door.operations.begin({request.kind, request.pot, {}, request.key}));
}

void KeyedClients::act(Door door, std::size_t which, const std::string& id) {
    const Request& request = requests_[which];
    core::OperationService* const operations = &door.operations;
    const auto reply = [this, operations, which, id](const Result<PotPtr>& result) {
        answered(*operations, which, id, result ? Status() : Status(result.error()));
    };
    const core::Along along = operations->along(id);
    switch (request.kind) {
        case OperationKind::Create: {
            core::PotSpec spec = make_spec(request.pot, request.number);
            spec.labels["key"] = request.key.text;
            door.pots.create(std::move(spec), reply, along);
            break;
        }
        case OperationKind::Stop: door.pots.stop(request.pot, {}, reply, along); break;
        case OperationKind::Restart: door.pots.restart(request.pot, {}, reply, along); break;
        case OperationKind::Pause: door.pots.pause(request.pot, reply, along); break;
        case OperationKind::Destroy:
            door.pots.destroy(
                request.pot, request.number % 2 == 0,
                [this, operations, which, id](const Status& status) {
                    answered(*operations, which, id, status);
                },
                along);
            break;
        default: door.pots.start(request.pot, reply, along);
    }
}

void KeyedClients::answered(core::OperationService& operations, std::size_t which, const std::string& id,
                            const Status& status) {
    Request& request = requests_[which];
    --request.open;
    judge_.note(
        [&] { return "    answer: " + request.key.text + (status ? " ok" : ": " + status.error().message); });
    const core::Pot* const pot = store_.pot_named(request.pot);
    const bool own =
        pot != nullptr && pot->spec.labels.contains("key") && pot->spec.labels.at("key") == request.key.text;
    const bool taken = !status && status.error().kind == core::ErrorKind::Conflict;
    judge_.expect(request.kind != OperationKind::Create || request.old || !taken || !own, "I7",
                  [&] { return request.key.text + " created " + request.pot + " twice"; });
    if (const auto operation = operations.find(id); status && operation && operation->begun) {
        const core::StoredOperation* const row = store_.durable_operation(id);
        request.promised = row != nullptr && row->operation.begun && row->key == request.key;
        judge_.expect(request.promised, "I5",
                      [&] { return request.key.text + " is answered and not on disk"; });
    }
    operations.end(id, status, core::KeptAnswer{200, {}, {}, {}});
}

void KeyedClients::kill() {
    ++lives_;
    for (Request& request : requests_) request.open = 0;
}

void KeyedClients::clock_was_set() {
    for (Request& request : requests_) request.old = true;
}

void KeyedClients::check_at_rest(const core::OperationService& operations) {
    core::OperationQuery all;
    all.limit = SIZE_MAX;
    for (const core::Operation& operation : operations.list(all)) {
        judge_.expect(operation.state != OperationState::Running, "I7", [&] {
            return "operation " + operation.id + ", " + std::string(core::to_string(operation.kind)) +
                   " of " + operation.pot + ", never ends";
        });
    }
    for (const Request& request : requests_)
        judge_.expect(request.open == 0, "I7", [&] { return request.key.text + " has no answer"; });
}

}  // namespace potd::sim
