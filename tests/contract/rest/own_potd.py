"""A potd of a test's own, and how to talk to it: the standard library alone."""

import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import traceback

SKIPPED = 77
"""The status of a script that could not be run here."""

TREE = pathlib.Path(__file__).resolve().parents[3]


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def bin_dir():
    return pathlib.Path(os.environ.get("POTD_BIN_DIR") or os.environ["POTD_DEFAULT_BIN_DIR"])


def enter_own_machine():
    """Runs the script again with interfaces and mounts of its own, which go with it.

    Requests made up by a program may ask for any bridge, port or interface; those of the host are not in reach.
    """
    if os.environ.get("POTD_OWN_MACHINE"):
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return
    if os.geteuid() != 0:
        skip("wants root")
    if subprocess.run(["unshare", "--net", "--mount", "true"], stderr=subprocess.DEVNULL).returncode:
        skip("no namespaces of its own are to be had here")
    os.environ["POTD_OWN_MACHINE"] = "1"
    os.execvp("unshare", ["unshare", "--net", "--mount", sys.executable, *sys.argv])


class UnixConnection(http.client.HTTPConnection):
    """HTTP/1.1 over a unix socket."""

    def __init__(self, path, timeout=120):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self.path))


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:500].decode(errors='replace')}"


def ask(path, method, target, body=None, headers=None):
    """One request to the unix socket `path`, and its whole answer."""
    connection = UnixConnection(path)
    try:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class OwnPotd:
    """Made by `with`; what it made is gone afterwards, with every pot of it."""

    def __init__(self, config=""):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=f"potd-rest{os.getpid()}-"))
        self.dir.chmod(0o711)
        self.socket = self.dir / "run" / "potd.sock"
        (self.dir / "potd.yaml").write_text(f"instance: rest{os.getpid()}\n{config}")
        self.process = None

    def __enter__(self):
        try:
            self._start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        try:
            if self.process and self.process.poll() is None:
                self._remove_all()
                self.process.terminate()
                self.process.wait(60)
        finally:
            if self.process and self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            shutil.rmtree(self.dir)

    def log(self):
        return (self.dir / "potd.log").read_text(errors="replace")

    def alive(self):
        return self.process.poll() is None

    def request(self, method, target, body=None, headers=None):
        """One request on a connection of its own; `body` is JSON unless it is bytes."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        return ask(self.socket, method, target, body, headers)

    def expect(self, status, method, target, body=None, headers=None):
        answer = self.request(method, target, body, headers)
        if answer.status != status:
            raise AssertionError(f"{method} {target} {body}: {answer}")
        return answer.json() if answer.body else None

    def items(self, target):
        """All pages of a list."""
        after = ""
        while True:
            page = self.expect(200, "GET", target + ("?" if "?" not in target else "&") + "limit=1000" + after)
            yield from page["items"]
            if not page["next"]:
                return
            after = "&after=" + page["next"]

    def _start(self):
        log = open(self.dir / "potd.log", "wb")
        with log:
            self.process = subprocess.Popen(
                [bin_dir() / "potd", "--config", self.dir / "potd.yaml", "--state-dir", self.dir / "state",
                 "--run-dir", self.dir / "run", "--foreground"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                if self.request("GET", "/v1/ready").status == 200:
                    return
            except (OSError, http.client.HTTPException):
                pass
            try:
                # The pause between two attempts is also the look-out for an early end.
                self.process.wait(0.01)
                break
            except subprocess.TimeoutExpired:
                pass
        raise AssertionError("potd is not ready\n" + self.log())

    def _remove_all(self):
        # Dependents and clones are in the way of what they depend on: what is left is tried again.
        for _ in range(5):
            pots = [pot["name"] for pot in self.items("/v1/pots")]
            if not pots:
                return
            for name in pots:
                self.request("DELETE", f"/v1/pots/{name}?force=true")
        for base in list(self.items("/v1/bases")):
            self.request("DELETE", f"/v1/bases/{base['name']}?force=true")


def run_cases(potd, suite, cases):
    """Each case by itself, all on this potd. What they came to goes where results are kept; 1 if one failed."""
    results = []
    for case in cases:
        try:
            case(potd)
            results.append(f"passed {case.__name__}")
        except (AssertionError, OSError, EOFError, http.client.HTTPException, KeyError, ValueError, StopIteration):
            traceback.print_exc(file=sys.stdout)
            results.append(f"failed {case.__name__}")
        print(results[-1], flush=True)
    if not potd.alive():
        results.append("failed potd_lives")
        print(potd.log()[-6000:])
    folder = os.environ.get("POTD_TEST_RESULTS")
    if folder:
        pathlib.Path(folder, f"{suite}.cases").write_text("\n".join(results) + "\n")
    return 1 if any(each.startswith("failed") for each in results) else 0
