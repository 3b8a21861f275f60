#include "daemon/loop/queue_watch.hpp"

#include <utility>

namespace potd::loop {

// Everything that Linux can poll Asio can watch.

struct QueueWatch::Parts {};

QueueWatch::QueueWatch(std::function<void(int fd)> readable) : readable_(std::move(readable)) {}

QueueWatch::~QueueWatch() = default;

bool QueueWatch::is_for(int) {
    return false;
}

void QueueWatch::watch(int) {}

void QueueWatch::forget(int) {}

}  // namespace potd::loop
