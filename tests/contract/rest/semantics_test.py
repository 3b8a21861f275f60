"""What clients rely on beyond fields and statuses, each from outside; docs/api.md has the list and who else tests it."""

import json
import sys
import threading

import own_potd

IDLE = ["/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 9 & wait; done"]


def pot(potd, name, **spec):
    return potd.expect(201, "POST", "/v1/pots", {"name": name, "base": "host", "command": IDLE, **spec})


def a_key_does_a_request_once(potd):
    spec = {"name": "keyed", "base": "host"}
    first = potd.request("POST", "/v1/pots", spec, {"Idempotency-Key": "k-1"})
    again = potd.request("POST", "/v1/pots", spec, {"Idempotency-Key": "k-1"})
    assert (first.status, again.status) == (201, 201), (first, again)
    assert again.json()["id"] == first.json()["id"]
    assert first.headers["Idempotency-Replayed"] is None and again.headers["Idempotency-Replayed"] == "true"
    other = potd.request("POST", "/v1/pots", {"name": "other", "base": "host"}, {"Idempotency-Key": "k-1"})
    assert other.status == 422 and other.json()["field"] == "Idempotency-Key", other
    potd.expect(404, "GET", "/v1/pots/other")


def a_key_is_done_once_among_many_at_once(potd):
    statuses = []

    def ask():
        answer = potd.request("POST", "/v1/fscomps", {"name": "raced"}, {"Idempotency-Key": "k-2"})
        statuses.append((answer.status, answer.headers["Idempotency-Replayed"]))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses, key=str) == sorted([(201, None)] + [(201, "true")] * 7, key=str), statuses


def if_match_changes_one_version_alone(potd):
    pot(potd, "versioned")
    tag = potd.request("GET", "/v1/pots/versioned").headers["ETag"]
    change = {"labels": {"a": "1"}}
    done = potd.request("PATCH", "/v1/pots/versioned", change, {"If-Match": tag})
    assert done.status == 200 and done.headers["ETag"] != tag, done
    late = potd.request("PATCH", "/v1/pots/versioned", {"labels": {"a": "2"}}, {"If-Match": tag})
    assert late.status == 412 and late.json()["code"] == "precondition_failed", late
    assert potd.expect(200, "GET", "/v1/pots/versioned")["spec"]["labels"] == {"a": "1"}
    potd.expect(200, "PATCH", "/v1/pots/versioned", {"labels": {"a": "3"}}, {"If-Match": "*"})


def a_deletion_honours_if_match(potd):
    pot(potd, "meant")
    tag = potd.request("GET", "/v1/pots/meant").headers["ETag"]
    potd.expect(200, "PATCH", "/v1/pots/meant", {"labels": {"a": "1"}}, {"If-Match": f'"x", {tag}'})
    late = potd.request("DELETE", "/v1/pots/meant", None, {"If-Match": tag})
    assert late.status == 412 and late.json()["field"] == "If-Match", late
    tag = potd.request("GET", "/v1/pots/meant").headers["ETag"]
    potd.expect(204, "DELETE", "/v1/pots/meant", None, {"If-Match": tag})


def what_is_refused_takes_no_snapshot(potd):
    pot(potd, "source")
    for wrong, field in (({"name": "1"}, "name"), ({"name": "source"}, "name"),
                         ({"changes": {"depends_on": ["nobody"]}}, "changes.depends_on[0]"),
                         ({"changes": {"network": {"type": "private-bridge", "bridge": "none"}}}, "changes.network.bridge"),
                         ({"changes": {"name": "other"}}, "changes.name"), ({"changes": {"user": 7}}, "changes.user")):
        answer = potd.request("POST", "/v1/pots/source/clone", {"name": "copy", "take_snapshot": True, **wrong})
        assert 400 <= answer.status < 500 and answer.json()["field"] == field, answer
    assert potd.expect(200, "GET", "/v1/pots/source/snapshots")["items"] == []


def a_dry_run_is_refused_as_the_change(potd):
    pot(potd, "dry")
    potd.expect(200, "POST", "/v1/networks/public/start")
    for network in ({"type": "private-bridge", "bridge": "none"}, {"type": "public-bridge", "ipv4": "172.16.0.1"}):
        dry = potd.request("PATCH", "/v1/pots/dry?dry_run=true", {"network": network})
        wet = potd.request("PATCH", "/v1/pots/dry", {"network": network})
        assert 400 <= wet.status < 500 and dry.status == wet.status and dry.json() == wet.json(), (dry, wet)


def a_websocket_is_refused_as_anything_is(potd):
    pot(potd, "socket")
    good = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
            "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "X-Request-Id": "mine-8"}
    for name, value, status in (("Sec-WebSocket-Version", "8", 426), ("Upgrade", "h2c", 426), ("Connection", "close", 400),
                                ("Sec-WebSocket-Key", "short", 400)):
        answer = potd.request("GET", "/v1/pots/socket/attach", None, {**good, name: value})
        assert answer.status == status and answer.headers["Content-Type"] == "application/problem+json", answer
        assert answer.headers["X-Request-Id"] == "mine-8", answer.headers


def a_name_that_is_too_long_is_the_clients_mistake(potd):
    pot(potd, "named")
    long = "/" + "x" * 300
    for answer in (potd.request("GET", f"/v1/pots/named/files?path={long}"),
                   potd.request("PUT", f"/v1/pots/named/files?path={long}", b"x", {"Content-Type": "application/x-tar"}),
                   potd.request("POST", "/v1/bases", {"name": "long", "directory": long}),
                   potd.request("POST", "/v1/bases", {"name": "long", "tarball": long})):
        assert answer.status == 422 and answer.json()["code"] == "invalid_argument" and answer.json()["field"], answer
    pot(potd, "covered", mounts=[{"tmpfs": True, "target": "/etc/passwd"}])
    assert potd.expect(409, "POST", "/v1/pots/covered/start")["code"] == "conflict"


def cursors_survive_changes(potd):
    for name in ("page-a", "page-c", "page-e", "page-g"):
        pot(potd, name, labels={"page": "yes"})
    seen, target = [], "/v1/pots?label=page&limit=1"
    changes = [lambda: potd.expect(204, "DELETE", "/v1/pots/page-a"), lambda: pot(potd, "page-d", labels={"page": "yes"}),
               lambda: pot(potd, "page-b", labels={"page": "yes"}), lambda: potd.expect(204, "DELETE", "/v1/pots/page-g")]
    page = potd.expect(200, "GET", target)
    while True:
        seen += [each["name"] for each in page["items"]]
        if changes:
            changes.pop(0)()
        if not page["next"]:
            break
        page = potd.expect(200, "GET", f"{target}&after={page['next']}")
    # Nothing twice, nothing left out that was there all the time.
    assert len(seen) == len(set(seen)) and {"page-a", "page-c", "page-e"} <= set(seen), seen
    assert "page-d" in seen and "page-b" not in seen, seen


def respond_async_is_an_operation(potd):
    pot(potd, "async")
    answer = potd.request("POST", "/v1/pots/async/start", None, {"Prefer": "respond-async"})
    assert answer.status == 202 and answer.headers["Preference-Applied"] == "respond-async", answer
    place = answer.headers["Location"]
    assert place == "/v1/operations/" + answer.json()["id"]
    ended = potd.expect(200, "GET", place + "?wait=60s")
    assert ended["state"] == "done", ended
    assert potd.expect(200, "GET", ended["result"])["name"] == "async"


def an_operation_is_cancelled(potd):
    pot(potd, "never", hooks={"prestart": [{"script": "#!/bin/sh\nexec sleep 600\n", "timeout": "15m"}]})
    place = potd.request("POST", "/v1/pots/never/start", None, {"Prefer": "respond-async"}).headers["Location"]
    assert potd.expect(200, "GET", place)["can_cancel"]
    assert potd.expect(200, "DELETE", place)["state"] == "cancelled"
    potd.expect(409, "DELETE", place)


def deadlines_are_kept(potd):
    pot(potd, "timed")
    potd.expect(200, "POST", "/v1/pots/timed/start")
    assert potd.expect(504, "GET", "/v1/pots/timed/wait?timeout=10ms")["code"] == "timeout"
    slow = {"command": ["/bin/sleep", "600"], "timeout": "10ms"}
    assert potd.expect(504, "POST", "/v1/pots/timed/exec", slow)["code"] == "timeout"


def stream_of_events(potd, target, headers=None):
    """A generator of (id, event) as they come."""
    connection = own_potd.UnixConnection(potd.socket)
    try:
        connection.request("GET", target, headers={"Accept": "text/event-stream", **(headers or {})})
        answer = connection.getresponse()
        assert answer.status == 200 and answer.headers["Content-Type"].startswith("text/event-stream"), answer.status
        number = None
        while line := answer.readline():
            key, _, value = line.decode().rstrip("\r\n").partition(": ")
            if key == "id":
                number = value
            if key == "data":
                yield number, json.loads(value)
    finally:
        connection.close()


def events_are_resumed_without_loss(potd):
    events = stream_of_events(potd, "/v1/events?since=0&pot=resumed")
    pot(potd, "resumed")
    number, event = next(events)
    assert event["type"] == "pot.created", event
    events.close()
    potd.expect(200, "POST", "/v1/pots/resumed/start")
    potd.expect(200, "POST", "/v1/pots/resumed/stop")
    whole = potd.expect(200, "GET", "/v1/events?since=0&pot=resumed", None, {"Accept": "application/json"})["items"]
    again = stream_of_events(potd, "/v1/events?pot=resumed", {"Last-Event-ID": number})
    told = [next(again)[1]["number"] for _ in whole[1:]]
    assert told == [each["number"] for each in whole[1:]], (told, whole)


def events_are_filtered(potd):
    events = stream_of_events(potd, "/v1/events?since=0&type=fscomp.")
    potd.expect(201, "POST", "/v1/fscomps", {"name": "filtered"})
    while (event := next(events)[1])["details"].get("fscomp") != "filtered":
        assert event["type"].startswith("fscomp."), event
    assert event["type"] == "fscomp.created", event
    page = potd.expect(200, "GET", "/v1/events?since=0&type=fscomp.created", None, {"Accept": "application/json"})
    assert {each["type"] for each in page["items"]} == {"fscomp.created"}


def logs_are_followed_across_rotation(potd):
    script = "i=0; while [ $i -lt 2000 ]; do echo line-$i-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; i=$((i+1)); done"
    pot(potd, "wordy", command=["/bin/sh", "-c", script], log={"max_size": "16K", "max_files": 9})
    potd.expect(200, "POST", "/v1/pots/wordy/start")
    lines = potd.request("GET", "/v1/pots/wordy/logs?follow=true").body.decode().splitlines()
    numbers = [int(line.split("-")[1]) for line in lines]
    assert numbers == list(range(numbers[0], 2000)), (numbers[:3], numbers[-3:])


def head_is_get_without_its_body(potd):
    for target in ("/v1/info", "/openapi.json", "/v1/pots/nowhere"):
        got, head = potd.request("GET", target), potd.request("HEAD", target)
        assert head.status == got.status and head.body == b"", head
        assert head.headers["Content-Type"] == got.headers["Content-Type"]
        assert head.headers["Content-Length"] == got.headers["Content-Length"]


def options_and_405_tell_what_is_allowed(potd):
    assert potd.request("OPTIONS", "/v1/pots").headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    refused = potd.request("PUT", "/v1/pots", {})
    assert refused.status == 405 and refused.headers["Allow"] == "GET, HEAD, POST, OPTIONS", refused


def every_answer_has_the_requests_id(potd):
    assert potd.request("GET", "/v1/info", None, {"X-Request-Id": "mine-7"}).headers["X-Request-Id"] == "mine-7"
    assert potd.request("GET", "/v1/nothing").headers["X-Request-Id"]


CASES = [a_key_does_a_request_once, a_key_is_done_once_among_many_at_once, if_match_changes_one_version_alone,
         a_deletion_honours_if_match, what_is_refused_takes_no_snapshot, a_dry_run_is_refused_as_the_change,
         a_websocket_is_refused_as_anything_is, a_name_that_is_too_long_is_the_clients_mistake,
         cursors_survive_changes, respond_async_is_an_operation, an_operation_is_cancelled, deadlines_are_kept,
         events_are_resumed_without_loss, events_are_filtered, logs_are_followed_across_rotation,
         head_is_get_without_its_body, options_and_405_tell_what_is_allowed, every_answer_has_the_requests_id]


def main():
    own_potd.enter_own_machine()
    with own_potd.OwnPotd() as potd:
        potd.expect(201, "POST", "/v1/bases", {"host": True})
        return own_potd.run_cases(potd, "contract_semantics", CASES)


if __name__ == "__main__":
    sys.exit(main())
