#include "openapi/wire/event.hpp"

#include "openapi/wire/detail/fields.hpp"

namespace potd::wire::detail {

template <>
struct Fields<Event> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("number", s.number);
        v.field("time", s.time);
        v.field("type", s.type);
        v.field("pot_id", s.pot_id);
        v.field("pot", s.pot);
        v.field("run", s.run);
        v.field("details", s.details);
    }
};

template <>
struct Fields<EventList> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("items", s.items);
        v.field("next", s.next);
        v.field("epoch", s.epoch);
    }
};

template <>
struct Fields<EventsReset> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("type", s.type);
        v.field("reason", s.reason);
        v.field("since", s.since);
        v.field("resume", s.resume);
        v.field("first", s.first);
    }
};

template <>
struct Fields<LogLine> {
    template <class V, class S>
    static void visit(V& v, S& s) {
        v.field("time", s.time);
        v.field("stream", s.stream);
        v.field("partial", s.partial);
        v.field("text", s.text);
    }
};

}  // namespace potd::wire::detail

#include "openapi/wire/detail/codec_body.hpp"

namespace potd::wire {
POTD_WIRE_CODEC(Event);
POTD_WIRE_CODEC(EventList);
POTD_WIRE_CODEC(EventsReset);
POTD_WIRE_CODEC(LogLine);
}  // namespace potd::wire
