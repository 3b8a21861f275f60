#include "api/route/event_source.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace potd::test {
namespace {

/// A history whose answers the test gives when it likes.
class SlowHistory : public core::History {
  public:
    void runs(const core::RunQuery&, core::Reply<std::vector<core::Run>>) override {}
    void run(const core::RunKey&, core::Reply<core::Run>) override {}
    void events(const core::EventQuery& query, core::Reply<std::vector<core::Event>> answer) override {
        asked = query;
        reply = std::move(answer);
    }
    /// What a store that holds `stored` would answer.
    void answer(const std::vector<core::Event>& stored) {
        std::vector<core::Event> page;
        for (const core::Event& event : stored) {
            if (event.number > asked.since && page.size() < asked.limit) page.push_back(event);
        }
        std::exchange(reply, nullptr)(page);
    }
    core::EventQuery asked;
    core::Reply<std::vector<core::Event>> reply;
};

class EventSourceTest : public ::testing::Test {
  protected:
    core::Event happen(const std::string& type = "pot.started", const std::string& pot = "a") {
        core::Event event{feed.last() + 1, {0}, type, "id-" + pot, pot, 0, {}};
        stored.push_back(event);
        feed.publish(event);
        return event;
    }
    void open(std::uint64_t since, const std::string& type = "", const std::string& pot = "") {
        source = std::make_unique<api::EventSource>(feed, history, core::EventQuery{since, type, pot, 100});
        pull();
    }
    void pull() {
        pending = true;
        source->next([this](core::Result<std::optional<std::string>> piece) {
            pending = false;
            failed = !piece.ok();
            if (piece && *piece) take(**piece);
        });
    }
    void take(const std::string& text) {
        for (std::size_t at = text.find("id: "); at != std::string::npos; at = text.find("\nid: ", at + 1)) {
            const std::size_t from = text.find_first_of("0123456789", at);
            seen.push_back(std::stoull(text.substr(from)));
        }
    }
    /// Pulls and answers the history until nothing more comes.
    void drain() {
        for (int round = 0; round < 100; ++round) {
            if (!pending) pull();
            if (history.reply) history.answer(stored);
        }
    }
    [[nodiscard]] std::vector<std::uint64_t> numbers(std::uint64_t from, std::uint64_t to) const {
        std::vector<std::uint64_t> all;
        for (; from <= to; ++from) all.push_back(from);
        return all;
    }

    core::EventFeed feed;
    SlowHistory history;
    std::vector<core::Event> stored;
    std::unique_ptr<api::EventSource> source;
    std::vector<std::uint64_t> seen;
    bool pending = false;
    bool failed = false;
};

TEST_F(EventSourceTest, BeginsNowWithoutAskingTheHistory) {
    happen();
    open(feed.last());
    EXPECT_FALSE(history.reply);
    happen();
    EXPECT_EQ(seen, numbers(2, 2));
}

TEST_F(EventSourceTest, GivesTheHistoryFirstAndNothingTwice) {
    for (int i = 0; i < 5; ++i) happen();
    open(2);
    happen();  // recorded before the history is read, and live as well
    history.answer(stored);
    happen();
    drain();
    EXPECT_EQ(seen, numbers(3, 7));
}

TEST_F(EventSourceTest, ReadsALongHistoryPageByPage) {
    for (int i = 0; i < 1'234; ++i) happen();
    open(0);
    drain();
    EXPECT_EQ(seen, numbers(1, 1'234));
}

TEST_F(EventSourceTest, ASlowClientIsServedFromTheHistoryAgain) {
    open(0);
    drain();
    happen();
    const std::size_t many = 3 * api::EventSource::most_queued + 17;
    for (std::size_t i = 0; i < many; ++i) happen();
    drain();
    EXPECT_EQ(seen, numbers(1, many + 1));
}

TEST_F(EventSourceTest, MissesNothingWhenTheQueueOverflowsWhileTheHistoryIsRead) {
    happen();
    open(0);
    const std::vector<core::Event> before = stored;
    for (std::size_t i = 0; i < 2 * api::EventSource::most_queued; ++i) happen();
    history.answer(before);
    drain();
    EXPECT_EQ(seen, numbers(1, stored.size()));
}

TEST_F(EventSourceTest, FiltersByTypeAndPot) {
    open(0, "pot.", "b");
    happen("pot.started", "a");
    happen("base.installed", "b");
    happen("pot.started", "b");
    drain();
    EXPECT_EQ(seen, numbers(3, 3));
    EXPECT_EQ(history.asked.type, "");
}

TEST_F(EventSourceTest, TellsThatTheHistoryCannotBeRead) {
    happen();
    open(0);
    std::exchange(history.reply, nullptr)(core::error(core::ErrorKind::Internal, "disk"));
    EXPECT_TRUE(failed);
}

TEST_F(EventSourceTest, LeavesNobodyBehind) {
    happen();
    open(0);
    source.reset();
    happen();
    history.answer(stored);
    EXPECT_TRUE(seen.empty());
    EXPECT_TRUE(pending);
}

}  // namespace
}  // namespace potd::test
