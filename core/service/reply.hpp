#pragma once

#include "core/base/result.hpp"
#include "core/port/executor.hpp"

#include <memory>
#include <utility>

namespace potd::core {

/// Gives an answer that is known at once the way every other one comes: later, on the loop thread.
template <class T>
void reply_later(Executor& executor, Reply<T> reply, Result<T> result) {
    auto held = std::make_shared<Result<T>>(std::move(result));
    executor.post([reply = std::move(reply), held = std::move(held)] { reply(std::move(*held)); });
}

}  // namespace potd::core
