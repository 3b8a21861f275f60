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
    void prunable(const core::PrunableQuery&, core::Reply<std::vector<core::PrunableRuns>>) override {}
    void events(const core::EventQuery& query, core::Reply<core::EventPage> answer) override {
        asked = query;
        reply = std::move(answer);
    }
    void answer(const std::string&, core::Reply<core::KeptAnswer>) override {}
    void audit(const core::AuditQuery&, core::Reply<std::vector<core::AuditRecord>>) override {}
    /// What a store that holds `stored` would answer.
    void answer(const std::vector<core::Event>& stored) {
        core::EventPage page;
        if (!stored.empty()) page.bounds = {stored.front().number, stored.back().number};
        for (const core::Event& event : stored) {
            if (event.number > asked.since && page.events.size() < asked.limit) page.events.push_back(event);
        }
        std::exchange(reply, nullptr)(page);
    }
    core::EventQuery asked;
    core::Reply<core::EventPage> reply;
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
        resume({since, std::nullopt}, type, pot);
    }
    void resume(const core::EventMark& seen_last, const std::string& type = "", const std::string& pot = "") {
        source =
            std::make_unique<api::EventSource>(feed, history, core::EventQuery{0, type, pot, 100}, seen_last);
        pull();
    }
    /// What the retention leaves.
    void forget(std::uint64_t up_to) {
        std::erase_if(stored, [&](const core::Event& event) { return event.number <= up_to; });
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
        received += text;
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
    std::vector<std::uint64_t> seen;  ///< the numbers of all ids
    std::string received;
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

TEST_F(EventSourceTest, TellsWhoComesBackTooLate) {
    for (int i = 0; i < 20; ++i) happen();
    forget(9);
    open(5);
    drain();
    EXPECT_NE(received.find(
                  "id: 9.0\nevent: events.reset\ndata: {\"type\":\"events.reset\",\"reason\":\"not_kept\","
                  "\"since\":\"5\",\"resume\":\"9.0\",\"first\":10}\n\n"),
              std::string::npos)
        << received;
    EXPECT_EQ(seen, numbers(9, 20)) << "the reset's id, then what there is";
}

TEST_F(EventSourceTest, NeedsNoResetWhereEverythingIsThere) {
    for (int i = 0; i < 20; ++i) happen();
    forget(9);
    open(9);
    drain();
    EXPECT_EQ(seen, numbers(10, 20));
    seen.clear();
    open(0);
    drain();
    EXPECT_EQ(seen, numbers(10, 20)) << "from the beginning is from what there is";
    EXPECT_EQ(received.find("events.reset"), std::string::npos);
}

TEST_F(EventSourceTest, TellsASlowClientThatTheRetentionHasOvertakenIt) {
    open(0);
    drain();
    happen();
    for (std::size_t i = 0; i < 2 * api::EventSource::most_queued; ++i) happen();
    forget(1500);
    drain();
    EXPECT_NE(received.find("\"since\":\"1.0\",\"resume\":\"1500.0\",\"first\":1501"), std::string::npos);
    std::vector<std::uint64_t> expected = numbers(1500, stored.back().number);
    expected.insert(expected.begin(), 1);
    EXPECT_EQ(seen, expected);
}

TEST_F(EventSourceTest, WhatAFilterPassedOverNeedNotBeKept) {
    open(0, "base.");
    drain();
    for (std::size_t i = 0; i < 10; ++i) happen();
    forget(10);
    for (std::size_t i = 0; i < 2 * api::EventSource::most_queued; ++i) happen("base.installed");
    drain();
    EXPECT_EQ(received.find("events.reset"), std::string::npos);
    EXPECT_EQ(seen, numbers(11, stored.back().number));
}

TEST_F(EventSourceTest, TellsOfEventsThatAPowerCutTook) {
    feed.set_epochs(core::EventEpochs({{100, 0}, {200, 3}}));
    for (int i = 0; i < 8; ++i) happen();
    resume({5, 100});  // 4 and 5 are others now
    drain();
    EXPECT_NE(received.find("id: 3.200\nevent: events.reset"), std::string::npos) << received;
    EXPECT_NE(received.find("\"reason\":\"lost\",\"since\":\"5.100\""), std::string::npos) << received;
    EXPECT_EQ(seen, numbers(3, 8));
}

TEST_F(EventSourceTest, AnOldEpochNeedsNoResetUpToWhatWasOnTheDisk) {
    feed.set_epochs(core::EventEpochs({{100, 0}, {200, 3}}));
    for (int i = 0; i < 8; ++i) happen();
    resume({3, 100});
    drain();
    EXPECT_EQ(received.find("events.reset"), std::string::npos);
    EXPECT_EQ(seen, numbers(4, 8));
}

TEST_F(EventSourceTest, APlainNumberThatWasNeverGivenIsNotWaitedFor) {
    feed.set_epochs(core::EventEpochs({{100, 0}, {200, 3}}));
    for (int i = 0; i < 8; ++i) happen();
    open(50);
    drain();
    happen();
    EXPECT_NE(received.find("\"reason\":\"lost\",\"since\":\"50\",\"resume\":\"3.200\""), std::string::npos);
    EXPECT_EQ(seen, numbers(3, 9));
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
