"""A whole Lantai as an operator runs it: a home and a database of its own, programs as processes."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parents[2]
PRELUDE = """
import json, os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lantai.site.settings")
import django
django.setup()
"""


class House:
    """One Lantai in *home*. Programs are started by their command's name and may be killed in the middle."""

    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = _free_port()
        self.environment = os.environ | {
            "LANTAI_HOME": str(home),
            "LANTAI_ADDRESS": f"127.0.0.1:{self.port}",
            "LANTAI_WEB_PROCESSES": "1",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            **settings,
        }
        self.programs: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.secret = ""

    def prepare(self) -> None:
        """Database, static files, the small county, and a key of its body."""
        self.command("prepare")
        self.secret = self.ask(
            "from tests.ingest.county import found_county, key_of; found_county(); answer = key_of()"
        )

    def command(self, *arguments: str | Path, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run ``lantai`` to its end. Raises CalledProcessError with what it said."""
        done = subprocess.run(
            [sys.executable, "-m", "lantai", *map(str, arguments)],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0, f"{arguments}: {done.stdout}{done.stderr}"
        return done

    def ask(self, code: str, *arguments: str) -> Any:
        """Run *code* inside this Lantai in a process of its own; what it leaves in ``answer`` comes back."""
        done = subprocess.run(
            [sys.executable, "-c", f"{PRELUDE}\n{code}\nprint(json.dumps(answer))", *arguments],
            env=self.environment,
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one of Lantai's programs in a process group of its own."""
        with (self.home / f"{name}.log").open("ab") as log:
            started = subprocess.Popen(
                [sys.executable, "-m", "lantai", name, *arguments],
                env=self.environment,
                cwd=self.home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.programs.append((name, started))
        if name == "serve":
            self.wait_for(self._answers, "the server answers")
        return started

    def kill(self, name: str) -> None:
        """SIGKILL to the whole process group of a program."""
        for each in [each for each in self.programs if each[0] == name]:
            os.killpg(each[1].pid, signal.SIGKILL)
            each[1].wait()
            self.programs.remove(each)

    def stop(self) -> None:
        """End every program this house started."""
        for _name, each in self.programs:
            each.terminate()
        for _name, each in self.programs:
            try:
                each.wait(timeout=20)
            except subprocess.TimeoutExpired:
                os.killpg(each.pid, signal.SIGKILL)
                each.wait()
        self.programs.clear()

    def most_memory(self) -> dict[str, int]:
        """The largest resident memory (VmHWM, MiB) any process of each running program has had, children included."""
        found: dict[str, int] = {}
        for name, each in self.programs:
            for pid in descendants(each.pid):
                with contextlib.suppress(FileNotFoundError, StopIteration):
                    status = Path(f"/proc/{pid}/status").read_text().splitlines()
                    kibibytes = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
                    found[name] = max(found.get(name, 0), kibibytes // 1024)
        return found

    def logs(self) -> str:
        """The last words of every program."""
        return "\n".join(f"== {each.name}\n{each.read_text()[-3000:]}" for each in sorted(self.home.glob("*.log")))

    def call(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Mapping[str, str], Any]:
        """One request with the body's key: status, headers, and the JSON that came."""
        caller = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            caller.request(method, path, body, {"Authorization": f"Bearer {self.secret}", **(headers or {})})
            answer = caller.getresponse()
            data = answer.read()
            return answer.status, dict(answer.getheaders()), json.loads(data) if data else None
        finally:
            caller.close()

    def create(self, name: str, size: int, **more: Any) -> str:
        """Announce a package; its 电子文件号."""
        body = json.dumps({"name": name, "profile": "fuzhou", "size": size} | more).encode()
        status, _headers, told = self.call("POST", "/api/v1/submissions", body, {"Content-Type": "application/json"})
        assert status == 201, told
        return str(told["record_code"])

    def send(self, code: str, data: bytes, first: int = 0, total: int | None = None) -> tuple[int, Any]:
        """One piece of a package, or all of it."""
        last = first + len(data) - 1
        headers = {"Content-Type": "application/octet-stream"}
        headers |= {} if total is None else {"Content-Range": f"bytes {first}-{last}/{total}"}
        status, _headers, told = self.call("PUT", f"/api/v1/submissions/{code}/content", data, headers)
        return status, told

    def push(self, name: str, data: bytes, **more: Any) -> str:
        """Announce and send a package."""
        code = self.create(name, len(data), **more)
        status, told = self.send(code, data)
        assert status == 202, told
        return code

    def offset(self, code: str) -> int:
        """How many bytes of a package the archive says it has."""
        status, headers, _none = self.call("HEAD", f"/api/v1/submissions/{code}/content")
        assert status == 200, f"{status} {headers}\n{self.logs()}"
        return int({name.lower(): value for name, value in headers.items()}["upload-offset"])

    def state(self, code: str) -> Any:
        """Where a submission stands."""
        return self.call("GET", f"/api/v1/submissions/{code}")[2]

    def wait_for_state(self, code: str, *states: str, seconds: float = 60) -> Any:
        """Wait until a submission stands in one of *states*."""
        self.wait_for(lambda: self.state(code)["state"] in states, f"{code} is {states}", seconds)
        return self.state(code)

    def wait_for(self, ready: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until *ready*; the programs' logs are told when it takes too long."""
        deadline = time.monotonic() + seconds
        while not ready():
            if time.monotonic() > deadline:
                raise AssertionError(f"not within {seconds:g} s: {what}\n{self.logs()}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            return self.call("GET", "/api/v1/keys/receipts")[0] == 200
        except OSError:
            return False


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            with contextlib.suppress(FileNotFoundError):
                found += [int(child) for child in task.read_text().split()]
    return found


@contextlib.contextmanager
def living_house(home: Path, *, prepared: bool = True, **settings: str) -> Iterator[House]:
    """A prepared house without running programs, on the kind of database this test run is on; gone afterwards. One that
    is not *prepared* has a home and an empty database.
    """
    address = os.environ.get("LANTAI_DATABASE", "")
    name = f"house_{secrets.token_hex(6)}"
    if address:
        with psycopg.connect(address, autocommit=True) as line:
            line.execute(f"CREATE DATABASE {name}")
        settings["LANTAI_DATABASE"] = urlunsplit(urlsplit(address)._replace(path=f"/{name}"))
    house = House(home, **settings)
    try:
        if prepared:
            house.prepare()
        yield house
    finally:
        house.stop()
        if address:
            with psycopg.connect(address, autocommit=True) as line:
                line.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
