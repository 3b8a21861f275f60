// FreeBSD's kernel queues, which cannot be made non-blocking.

#include "daemon/loop/asio_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <sys/types.h>
// after sys/types.h
#include <sys/event.h>
#include <unistd.h>

namespace potd::loop {
namespace {

class AsioLoopQueueTest : public testing::Test {
  protected:
    AsioLoopQueueTest() {
        EXPECT_GE(queue_, 0);
        change(EV_ADD | EV_CLEAR, 0);
    }
    ~AsioLoopQueueTest() override {
        loop_.forget(queue_);
        ::close(queue_);
    }
    void trigger() const { change(0, NOTE_TRIGGER); }

    AsioLoop loop_;
    int queue_ = ::kqueue();

  private:
    void change(unsigned short flags, unsigned notes) const {
        struct kevent one {};
        EV_SET(&one, 1, EVFILT_USER, flags, notes, 0, nullptr);
        EXPECT_EQ(::kevent(queue_, &one, 1, nullptr, 0, nullptr), 0);
    }
};

TEST_F(AsioLoopQueueTest, TellsOnceWhenItHasSomething) {
    int calls = 0;
    loop_.wait(queue_, core::Reactor::Interest::Read, [&] {
        ++calls;
        loop_.stop();
    });
    trigger();
    loop_.run();
    EXPECT_EQ(calls, 1);
}

TEST_F(AsioLoopQueueTest, TellsOfWhatWasThereBefore) {
    trigger();
    loop_.wait(queue_, core::Reactor::Interest::Read, [&] { loop_.stop(); });
    loop_.run();
}

TEST_F(AsioLoopQueueTest, WaitsWithoutTurningRound) {
    loop_.wait(queue_, core::Reactor::Interest::Read, [] { FAIL() << "there is nothing"; });
    EXPECT_EQ(loop_.context().poll(), 0U);
    EXPECT_EQ(loop_.context().poll(), 0U);
}

TEST_F(AsioLoopQueueTest, AForgottenWaiterIsNotCalled) {
    loop_.wait(queue_, core::Reactor::Interest::Read, [] { FAIL() << "it was forgotten"; });
    trigger();
    loop_.forget(queue_);
    loop_.arm(loop_.steady().plus(core::milliseconds{20}), [&] { loop_.stop(); });
    loop_.run();
}

}  // namespace
}  // namespace potd::loop
