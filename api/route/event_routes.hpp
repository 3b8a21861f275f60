#pragma once

#include "api/http/router.hpp"
#include "core/port/history.hpp"
#include "core/service/event_feed.hpp"

namespace potd::api {

/// /v1/events
class EventRoutes {
  public:
    EventRoutes(core::EventFeed& feed, core::History& history) : feed_(feed), history_(history) {}
    void add_to(Router& router);

  private:
    void get(Exchange& exchange);
    void page(Exchange& exchange, core::EventQuery query, const core::EventMark& seen);

    core::EventFeed& feed_;
    core::History& history_;
};

}  // namespace potd::api
