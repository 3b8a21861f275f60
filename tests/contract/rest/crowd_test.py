"""Many clients at once, and clients that behave badly: nobody is hurt by another, and potd is afterwards what it was."""

import asyncio
import http.client
import json
import pathlib
import socket
import sys

import own_potd
from semantics_test import pot, stream_of_events

CLIENTS = 500
REQUESTS = 100_000
RUNNING = 4
CHANGING = 4


class Client:
    """One connection that is kept, of its own task."""

    async def connect(self, potd):
        self.reader, self.writer = await asyncio.open_unix_connection(str(potd.socket), limit=1 << 20)
        return self

    async def ask(self, method, target, body=None):
        text = b"" if body is None else json.dumps(body).encode()
        kind = "" if body is None else "Content-Type: application/json\r\n"
        self.writer.write(f"{method} {target} HTTP/1.1\r\nHost: potd\r\n{kind}Content-Length: {len(text)}\r\n\r\n".encode() + text)
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        length = next(line.split(":")[1] for line in head.splitlines() if line.lower().startswith("content-length:"))
        return int(head.split(" ", 2)[1]), await self.reader.readexactly(int(length))

    async def follow(self, target):
        """The head of a stream was read; its bytes follow."""
        self.writer.write(f"GET {target} HTTP/1.1\r\nHost: potd\r\nAccept: text/event-stream\r\n\r\n".encode())
        head = await self.reader.readuntil(b"\r\n\r\n")
        assert b" 200 " in head.splitlines()[0], head

    def close(self):
        self.writer.close()


def figures_of(potd):
    """Descriptors, and bytes of memory that are its own."""
    process = pathlib.Path("/proc", str(potd.process.pid))
    own = [line.split()[1] for line in (process / "status").read_text().splitlines() if line.startswith("RssAnon")]
    return len(list((process / "fd").iterdir())), int(own[0]) * 1024


async def settled(potd, wanted):
    """Until potd has seen who is gone. A few descriptors it may have opened for good, at the first need of them."""
    while figures_of(potd)[0] > wanted + 8:
        await asyncio.sleep(0.02)


async def reading(potd, number):
    client = await Client().connect(potd)
    for target in (f"/v1/pots/idle-{number % RUNNING}", "/v1/pots", "/v1/info", "/v1/stats") * 5:
        status, body = await client.ask("GET", target)
        assert status == 200, (target, status, body)
    client.close()


async def executing(potd, number):
    client = await Client().connect(potd)
    status, body = await client.ask("POST", f"/v1/pots/idle-{number % RUNNING}/exec", {"command": ["/bin/echo", str(number)]})
    assert status == 200 and json.loads(body)["stdout"].strip() == str(number), (status, body)
    client.close()


async def following(potd, number, over):
    """Until what the test does last is told."""
    client = await Client().connect(potd)
    await client.follow("/v1/events?type=fscomp.")
    while over not in await client.reader.readuntil(b"\n\n"):
        pass
    client.close()


async def changing(potd, number):
    client = await Client().connect(potd)
    for _ in range(3):
        for what in ("start", "stop"):
            status, body = await client.ask("POST", f"/v1/pots/changing-{number}/{what}")
            assert status == 200, (what, status, body)
    client.close()


async def crowd(potd):
    followers = [asyncio.create_task(following(potd, each, b"the-end")) for each in range(100)]
    tasks = [changing(potd, each) for each in range(CHANGING)]
    tasks += [executing(potd, each) for each in range(50)]
    tasks += [reading(potd, each) for each in range(CLIENTS - len(tasks) - len(followers))]
    await asyncio.gather(*tasks)
    status, body = await (await Client().connect(potd)).ask("POST", "/v1/fscomps", {"name": "the-end"})
    assert status == 201, body
    await asyncio.gather(*followers)


def hundreds_at_once_are_served(potd):
    descriptors = figures_of(potd)[0]
    asyncio.run(asyncio.wait_for(crowd(potd), 240))
    asyncio.run(asyncio.wait_for(settled(potd, descriptors), 60))


async def hammer(potd, requests):
    async def one():
        client = await Client().connect(potd)
        for number in range(requests // 8):
            # Every hundredth is one that is refused, every thousandth a change.
            target = "/v1/pots/none" if number % 100 == 0 else f"/v1/pots/idle-{number % RUNNING}"
            status, body = await client.ask("GET", target)
            assert status in (200, 404), (status, body)
            if number % 1000 == 0:
                status, body = await client.ask("PATCH", "/v1/pots/idle-0", {"labels": {"turn": str(number)}})
                assert status in (200, 409), body
        client.close()

    await asyncio.gather(*(one() for _ in range(8)))


def nothing_grows_by_requests(potd):
    # What is filled once (caches, the allocator's own) is filled by the first of them.
    asyncio.run(hammer(potd, REQUESTS // 4))
    descriptors, memory = figures_of(potd)
    asyncio.run(hammer(potd, REQUESTS))
    asyncio.run(asyncio.wait_for(settled(potd, descriptors), 60))
    grown = figures_of(potd)[1] - memory
    # A leak of 16 bytes a request would be more.
    assert grown < 16 * REQUESTS, f"{grown} bytes more after {REQUESTS} requests"


def raw(potd, text=b"", buffer=None):
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    if buffer:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    sock.connect(str(potd.socket))
    sock.sendall(text)
    return sock


def clients_that_vanish_leave_nothing(potd):
    descriptors = figures_of(potd)[0]
    get = b"GET /v1/pots HTTP/1.1\r\nHost: potd\r\n\r\n"
    halves = [b"", b"GET /v1", get[:-2], get, b"POST /v1/pots HTTP/1.1\r\nHost: potd\r\nContent-Length: 99\r\n\r\n{",
              get.replace(b"pots", b"events"), get.replace(b"pots", b"pots/idle-0/logs?follow=true"),
              b"POST /v1/pots/changing-0/start HTTP/1.1\r\nHost: potd\r\nContent-Length: 0\r\n\r\n"]
    for text in halves * 5:
        raw(potd, text).close()
    asyncio.run(asyncio.wait_for(settled(potd, descriptors), 60))


def who_closes_one_half_still_gets_the_answer(potd):
    sock = raw(potd, b"GET /v1/pots/idle-0 HTTP/1.1\r\nHost: potd\r\n\r\n")
    sock.shutdown(socket.SHUT_WR)
    answer = http.client.HTTPResponse(sock)
    answer.begin()
    assert answer.status == 200 and json.loads(answer.read())["name"] == "idle-0"
    sock.close()


def a_reader_that_stops_hurts_nobody(potd):
    stopped = raw(potd, b"GET /v1/events?since=0 HTTP/1.1\r\nHost: potd\r\n\r\n", 1)
    memory = figures_of(potd)[1]
    for number in range(300):
        potd.expect(200, "PATCH", "/v1/pots/idle-1", {"labels": {"turn": str(number), "filler": "x" * 60}})
    events = stream_of_events(potd, "/v1/events?since=0&pot=idle-1&type=pot.changed")
    for _ in range(300):
        next(events)
    events.close()
    grown = figures_of(potd)[1] - memory
    assert grown < 8 << 20, f"{grown} bytes more for one that does not read"
    stopped.close()


CASES = [hundreds_at_once_are_served, nothing_grows_by_requests, clients_that_vanish_leave_nothing,
         who_closes_one_half_still_gets_the_answer, a_reader_that_stops_hurts_nobody]


def main():
    own_potd.enter_own_machine()
    with own_potd.OwnPotd() as potd:
        potd.expect(201, "POST", "/v1/bases", {"host": True})
        for number in range(RUNNING):
            pot(potd, f"idle-{number}")
            potd.expect(200, "POST", f"/v1/pots/idle-{number}/start")
        for number in range(CHANGING):
            pot(potd, f"changing-{number}", stop={"timeout": "1s"})
        potd.expect(200, "GET", "/v1/pots/idle-0/stats")
        return own_potd.run_cases(potd, "contract_crowd", CASES)


if __name__ == "__main__":
    sys.exit(main())
