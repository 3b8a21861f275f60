"""What the document says is what happens: schemathesis asks a real potd with real pots.

Properties of each operation from examples, from the edges of every schema, at random, and along the document's links.
The seed is fixed, so that a failure is one again. By hand:

    POTD_BIN_DIR=build/release/bin build/contract/venv/bin/python tests/contract/rest/schemathesis_test.py [DOCUMENT]
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import own_potd

HERE = pathlib.Path(__file__).resolve().parent


def set_up(potd):
    """Pots, runs, logs, snapshots, a volume, a network, operations; their names by the path before them."""
    potd.expect(201, "POST", "/v1/bases", {"host": True})
    potd.expect(201, "POST", "/v1/fscomps", {"name": "site"})
    potd.expect(201, "POST", "/v1/fscomps/site/snapshots", {"name": "first"})
    networks = potd.request("POST", "/v1/networks", {"name": "lan", "ipv4": "10.231.7.0/24", "ipv6": "none"})
    potd.expect(201, "POST", "/v1/pots", {
        "name": "web", "base": "host", "labels": {"team": "web"},
        "command": ["/bin/sh", "-c", "echo ready; echo late >&2; trap 'exit 0' TERM; while :; do sleep 9 & wait; done"],
        "mounts": [{"fscomp": "site", "target": "/mnt", "mode": "ro"}]})
    job = {"name": "job", "base": "host", "command": ["/bin/sh", "-c", "echo done; exit 7"]}
    if networks.status == 201:
        job["network"] = {"type": "private-bridge", "bridge": "lan"}
    potd.expect(201, "POST", "/v1/pots", job)
    potd.expect(200, "POST", "/v1/pots/job/start")
    potd.expect(200, "GET", "/v1/pots/job/wait")
    potd.expect(201, "POST", "/v1/pots/job/snapshots", {"name": "first"})
    potd.expect(200, "POST", "/v1/pots/web/start")
    accepted = potd.expect(202, "POST", "/v1/pots/web/restart", headers={"Prefer": "respond-async"})
    potd.expect(200, "GET", f"/v1/operations/{accepted['id']}?wait=60s")
    known = {
        "/v1/pots/{name}": ["web", "job"], "/v1/bases/{name}": ["host"], "/v1/fscomps/{name}": ["site"],
        "/v1/pots/{name}/snapshots/{snapshot}": ["first"], "/v1/fscomps/{name}/snapshots/{snapshot}": ["first"],
        "/v1/pots/{name}/runs/{number}": [1], "/v1/operations/{id}": [accepted["id"]]}
    if networks.status == 201:
        known["/v1/networks/{name}"] = ["lan"]
    return known


def command():
    """schemathesis of this Python, where it is there as README.md says."""
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    if not program.exists():
        own_potd.skip("schemathesis is not installed: setup.sh deps fetches it from PyPI")
    return program


def run(potd, program, document, phases):
    environment = dict(os.environ, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE), POTD_SOCKET=str(potd.socket),
                       POTD_KNOWN=json.dumps(set_up(potd)))
    words = [program, "--config-file", HERE / "schemathesis.toml", "run", document, "--phases", phases, "--no-color",
             "--url", "http://localhost"]
    with subprocess.Popen(words, env=environment, cwd=potd.dir, stdout=subprocess.PIPE, text=True) as process:
        said = ""
        for line in process.stdout:
            print(line, end="", flush=True)
            said += line
    return process.returncode, said


def main():
    program = command()
    own_potd.enter_own_machine()
    document = sys.argv[1] if len(sys.argv) > 1 else "http://localhost/openapi.json"
    with own_potd.OwnPotd() as potd:
        status, said = run(potd, program, document, "examples,coverage,fuzzing,stateful")
        if not potd.alive():
            status = status or 1
            print("potd has ended")
        # Nothing asked is not nothing found.
        asked = re.search(r"(\d+) (?:test cases|generated)", said)
        if status == 0 and not asked:
            status = 1
            print("no request was made")
        if status:
            print("--- the last of potd's log\n" + potd.log()[-6000:])
    return status


if __name__ == "__main__":
    sys.exit(main())
