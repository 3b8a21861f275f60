#pragma once

#include "core/model/event_epochs.hpp"
#include "openapi/wire/event.hpp"
#include "openapi/wire/system.hpp"

namespace potd::api {

// How a client is told that it cannot simply go on (invariant I8): as an event of the stream, or instead of a
// page of the history.

/// `seen`: where the client was.
[[nodiscard]] wire::EventsReset reset_of(const core::EventGap& gap, const core::EventMark& seen,
                                         const core::EventEpochs& epochs, const core::EventBounds& stored);
/// Status 410.
[[nodiscard]] wire::Problem gone_of(const core::EventGap& gap, const core::EventMark& seen,
                                    const core::EventEpochs& epochs, const core::EventBounds& stored);

}  // namespace potd::api
