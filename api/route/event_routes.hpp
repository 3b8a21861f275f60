#pragma once

#include "api/http/router.hpp"
#include "core/port/history.hpp"
#include "core/service/event_feed.hpp"
#include "core/service/pot_service.hpp"

namespace potd::api {

/// /v1/events
class EventRoutes {
  public:
    EventRoutes(core::EventFeed& feed, core::History& history, const core::PotService& pots)
        : feed_(feed), history_(history), pots_(pots) {}
    void add_to(Router& router);

  private:
    void get(Exchange& exchange);
    void page(Exchange& exchange, core::EventQuery query, const core::EventMark& seen);

    core::EventFeed& feed_;
    core::History& history_;
    const core::PotService& pots_;
};

}  // namespace potd::api
