"""What schemathesis is told about potd; SCHEMATHESIS_HOOKS of schemathesis_test.py."""

import hashlib
import itertools
import json
import os
import posixpath
import re

import jsonschema_rs
import schemathesis

import own_potd
import unix_requests

SOCKET = os.environ["POTD_SOCKET"]
KNOWN = json.loads(os.environ["POTD_KNOWN"])
"""Names and numbers of what is there, by the path that is before them."""

unix_requests.send_all_to(SOCKET)

KEPT = {"destroyPot", "renamePot", "removeSnapshot", "removeFscompSnapshot", "rollBackPot", "changePot", "changeFscomp"}
"""Of what all other requests are about these would take away, or change beyond use."""
LIVE = {"execInPot", "getStats", "killPot", "listProcesses", "mount", "pausePot", "takeFscompSnapshot", "unmount"}
"""Want a pot that runs, which one of the requests before may have ended."""


def _installs_a_release(case):
    """It fetches for minutes: tests/system/debian_test.cpp."""
    return (case.operation.definition.raw.get("operationId") == "installBase" and isinstance(case.body, dict)
            and isinstance(case.body.get("release"), str))


@schemathesis.hook
def before_add_examples(_context, examples):
    examples[:] = [case for case in examples if not _installs_a_release(case)]


@schemathesis.hook
def filter_case(_context, case):
    return not _installs_a_release(case)


@schemathesis.hook
def map_case(_context, case):
    """Three of four well-formed requests are about something that is there."""
    operation = case.operation.definition.raw.get("operationId")
    if operation in KEPT or not case.path_parameters or not case.meta or case.meta.phase.name.value == "stateful":
        return case
    if not case.meta.generation.mode.is_positive:
        return case
    for place, names in KNOWN.items():
        head, _, parameter = place.rpartition("/")
        if not case.path.startswith(head) or parameter.strip("{}") not in case.path_parameters:
            continue
        choice = hashlib.sha256(repr(sorted(case.path_parameters.items())).encode()).digest()[0]
        if choice < 192:
            case.path_parameters[parameter.strip("{}")] = names[choice % len(names)]
    return case


KEY = re.compile("[!-~]{1,200}")
_keys = itertools.count()
DURATION = re.compile("([0-9]+(ms|s|m|h|d))+")


def _is_on(query, flag):
    """As potd reads it: with no value as well."""
    value = query.get(flag, "false")
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value is None or str(value).lower() in ("", "1", "true")


@schemathesis.hook
def before_call(_context, case, kwargs):
    """What has no end of its own gets one: as valid as it was, or as invalid."""
    operation = case.operation.definition.raw.get("operationId")
    if operation in LIVE and case.path_parameters and case.path_parameters.get("name") == "web":
        own_potd.ask(SOCKET, "POST", "/v1/pots/web/start")
    key = case.headers.get("Idempotency-Key") if case.headers else None
    if isinstance(key, str) and KEY.fullmatch(key):
        # One that was used for another request is refused: tests/unit/api/admission_test.cpp
        case.headers["Idempotency-Key"] = f"{key}-{next(_keys)}"
    if operation == "getEvents":
        # Server-Sent Events: tests/system/control_test.cpp, tests/unit/api/route/event_routes_test.cpp
        case.headers["Accept"] = "application/json"
    if not isinstance(case.query, dict):
        return
    if operation in ("getLogs", "getOperationOutput") and _is_on(case.query, "follow"):
        case.query["follow"] = "false"  # tests/system/logs_test.cpp
    if operation == "getStats" and _is_on(case.query, "stream"):
        case.query["stream"] = "false"  # tests/system/stats_test.cpp
    waits = {"waitPot": "timeout", "getOperation": "wait"}.get(operation)
    if waits and DURATION.fullmatch(str(case.query.get(waits, "1s"))):
        case.query[waits] = "10ms"  # tests/system/life_test.cpp, tests/system/operations_test.cpp
    if operation == "copyOut" and posixpath.normpath(str(case.query.get("path"))) in ("/", "//"):
        case.query["path"] = "/etc/hostname"  # all of the machine's userland


@schemathesis.deserializer("application/x-ndjson")
def read_lines(context, response):
    """The first line that is not as documented, else the last."""
    lines = [json.loads(line) for line in response.content.splitlines() if line]
    if not lines:
        raise NotImplementedError  # nothing to look at
    document = context.operation.schema.raw_schema
    documented = context.operation.definition.raw["responses"]["200"]["content"]["application/x-ndjson"]["schema"]
    validator = jsonschema_rs.validator_for({**documented, "components": document["components"]})
    return next((line for line in lines if not validator.is_valid(line)), lines[-1])
