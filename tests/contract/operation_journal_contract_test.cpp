#include "tests/contract/journal_suite.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace potd {
namespace {

using core::ErrorKind;

template <class Adapter>
class OperationJournalContractTest : public test::JournalSuite<Adapter> {};

TYPED_TEST_SUITE(OperationJournalContractTest, test::JournalAdapters);

core::Operation make_operation(const std::string& id) {
    core::Operation operation;
    operation.id = id;
    operation.kind = core::OperationKind::Restart;
    operation.pot = "web";
    operation.pot_id = "00000000000a";
    operation.run = 4'000'000'000U;
    operation.base = "host";
    operation.volume = "site";
    operation.network = "backend";
    operation.asked_by = "uid 7";
    operation.created_at = {1};
    operation.begun = true;
    return operation;
}

/// All that is stored of it, to be compared.
std::string text_of(const core::StoredOperation& stored) {
    const core::Operation& one = stored.operation;
    std::string text = one.id;
    for (const std::string_view word : {core::to_string(one.kind), core::to_string(one.state)})
        (text += ' ') += word;
    for (const std::string& word : {one.pot, one.pot_id, one.base, one.volume, one.network, one.asked_by,
                                    stored.key.text, stored.key.fingerprint})
        (text += ' ') += word;
    text += ' ' + std::to_string(one.run) + ' ' + std::to_string(one.created_at.ms) +
            (one.begun ? " begun" : "") + (stored.answered ? " answered" : "");
    if (one.ended_at) text += ' ' + std::to_string(one.ended_at->ms);
    if (one.error)
        text += ' ' + std::string(core::to_string(one.error->kind)) + one.error->message + one.error->field;
    return text;
}

std::vector<std::string> texts_of(const std::vector<core::StoredOperation>& all) {
    std::vector<std::string> texts;
    texts.reserve(all.size());
    for (const core::StoredOperation& one : all) texts.push_back(text_of(one));
    return texts;
}

TYPED_TEST(OperationJournalContractTest, KeepsOperationsWithTheirKeysAndAnswers) {
    core::Operation operation = make_operation("01B");
    const core::IdempotencyKey used{"key", "print"};
    const core::KeptAnswer answer{201, "A: 1\r\nB: 2\r\n", "application/json", "{}"};
    const auto stored_answer = [&] {
        return this->template answer_of<core::KeptAnswer>(
            [&](auto reply) { this->adapter_.history().answer("01B", std::move(reply)); });
    };
    ASSERT_TRUE(this->commit({core::PutOperation{operation, used, std::nullopt},
                              core::PutOperation{make_operation("01A"), {}, answer}}));
    EXPECT_EQ(texts_of(this->adapter_.load().operations),
              texts_of({core::StoredOperation{make_operation("01A"), {}, false},
                        core::StoredOperation{operation, used, false}}));
    EXPECT_EQ(stored_answer().error().kind, ErrorKind::NotFound);

    operation.state = core::OperationState::Failed;
    operation.ended_at = core::WallTime{2};
    operation.error = core::Error{ErrorKind::ResourceExhausted, "full", "limits.memory", 0};
    ASSERT_TRUE(this->commit({core::PutOperation{operation, used, answer}, core::RemoveOperation{"01A"}}));
    ASSERT_TRUE(this->commit({core::PutOperation{operation, used, std::nullopt}}));
    EXPECT_EQ(texts_of(this->adapter_.load().operations),
              texts_of({core::StoredOperation{operation, used, true}}));
    EXPECT_EQ(*stored_answer(), answer);

    ASSERT_TRUE(this->commit({core::PutOperation{operation, {}, std::nullopt}}));
    EXPECT_EQ(texts_of(this->adapter_.load().operations),
              texts_of({core::StoredOperation{operation, {}, false}}));
    EXPECT_EQ(stored_answer().error().kind, ErrorKind::NotFound);
}

}  // namespace
}  // namespace potd
