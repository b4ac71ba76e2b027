"""OpenStack Swift on this machine: four nodes on loopback, three replicas, its S3 interface; for tests and for a look.

Needs Debian's packages swift-proxy, swift-object, swift-container, swift-account and memcached, no root device and no
systemd: everything lies in one folder and ends with this program. Run alone it serves until Ctrl+C (`make swift`).
Each server is one process (workers = 0), so that kill -9 of it closes its port.
"""

from __future__ import annotations

import configparser
import contextlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

NODES = 4
REPLICAS = 3
KEY, SECRET = "test:tester", "testing-secret"
SERVERS = ("object", "container", "account")
PROGRAMS = ("swift-proxy-server", "swift-object-server", "swift-container-server", "swift-account-server", "memcached")
_SECONDS = 150.0


def missing_programs() -> list[str]:
    """Programs that are not installed here."""
    return [each for each in PROGRAMS if shutil.which(each) is None]


class Swift:
    """The four nodes and their proxy, in *folder*. Start with ``start``, always end with ``stop``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        ports = _free_ports(2 + NODES * len(SERVERS))
        self.proxy_port, self.cache_port = ports[:2]
        told = iter(ports[2:])
        self.ports = {(node, kind): next(told) for node in range(1, NODES + 1) for kind in SERVERS}
        self._running: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def endpoint(self) -> str:
        """Address of the S3 interface."""
        return f"http://127.0.0.1:{self.proxy_port}"

    def start(self) -> None:
        """Write the configuration and the rings, start everything and wait until it answers. Raises TimeoutError."""
        (self.folder / "etc").mkdir(parents=True, exist_ok=True)
        self._write("proxy", _proxy(self.proxy_port, self.cache_port))
        self._build_rings()
        self._run("cache", ["memcached", "-u", "root", "-l", "127.0.0.1", "-p", str(self.cache_port), "-m", "64"])
        for node in range(1, NODES + 1):
            self.start_node(node)
        self._run("proxy", ["swift-proxy-server", str(self._conf("proxy"))])
        for node in range(1, NODES + 1):
            self.wait_for_node(node)
        _wait(self.proxy_port)

    def start_node(self, node: int) -> None:
        """Start the three servers of a node on the data it has."""
        for kind in SERVERS:
            self._place(node).mkdir(parents=True, exist_ok=True)
            name = f"{kind}-{node}"
            self._write(name, self._server(node, kind))
            self._run(name, [f"swift-{kind}-server", str(self._conf(name))])

    def wait_for_node(self, node: int) -> None:
        """Wait until all three servers of a node answer. Raises TimeoutError."""
        for kind in SERVERS:
            _wait(self.ports[node, kind])

    def kill_node(self, node: int) -> None:
        """kill -9 every server of a node, at once, and see that its ports are closed. Raises RuntimeError if not."""
        for kind in SERVERS:
            self._running[f"{kind}-{node}"].kill()
        for kind in SERVERS:
            self._running.pop(f"{kind}-{node}").wait()
            if _answers(self.ports[node, kind]):
                raise RuntimeError(f"somebody still serves as the {kind} server of node {node}")

    def replicate(self) -> None:
        """Let every node push what others lack, once: what the lists of buckets were not told, the lists, objects."""
        for kind, program in (("object", "updater"), ("container", "replicator"), ("object", "replicator")):
            runs = [
                subprocess.Popen(
                    [f"swift-{kind}-{program}", str(self._conf(f"{kind}-{node}")), "once"],
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                )
                for node in range(1, NODES + 1)
                if program != "updater" or any(self._place(node).glob("async_pending/*/*"))
            ]
            for each in runs:
                each.wait(timeout=_SECONDS)

    def replicas(self) -> dict[str, int]:
        """How many nodes hold each object file, by its place in the ring: what replication is judged by."""
        found: dict[str, set[int]] = {}
        for node in range(1, NODES + 1):
            for path in (self._place(node) / "objects").glob("*/*/*/*.data"):
                found.setdefault(path.parent.name, set()).add(node)
        return {name: len(nodes) for name, nodes in found.items()}

    def stop(self) -> None:
        """End everything that was started."""
        for each in self._running.values():
            each.kill()
        for each in self._running.values():
            each.wait()
        self._running.clear()

    def _place(self, node: int) -> Path:
        return self.folder / f"node{node}" / f"d{node}"

    def _run(self, name: str, command: list[str]) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)

    def _conf(self, name: str) -> Path:
        return self.folder / "etc" / f"{name}.conf"

    def _write(self, name: str, told: Mapping[str, Mapping[str, str]]) -> None:
        parser = configparser.RawConfigParser()
        parser.read_dict({"DEFAULT": {"swift_dir": str(self.folder / "etc")}})
        for section, values in told.items():
            if section != "DEFAULT":
                parser.add_section(section)
            for key, value in values.items():
                parser.set(section, key, value)
        with self._conf(name).open("w", encoding="utf-8") as file:
            parser.write(file)

    def _server(self, node: int, kind: str) -> dict[str, dict[str, str]]:
        place = self.folder / f"node{node}"
        own = {"sync_method": "ssync"} if kind == "object" else {}
        patience = {"conn_timeout": "5", "node_timeout": "20", "container_update_timeout": "20"}  # of a busy machine
        daemon = {"concurrency": "4", "recon_cache_path": str(place)}
        return {
            "DEFAULT": {
                "devices": str(place), "mount_check": "false", "bind_ip": "127.0.0.1", "user": "root",
                "bind_port": str(self.ports[node, kind]), "workers": "0", "servers_per_port": "0",
                "fallocate_reserve": "0", "recon_cache_path": str(place), "log_level": "ERROR",
            },
            "pipeline:main": {"pipeline": f"{kind}-server"},
            f"app:{kind}-server": {"use": f"egg:swift#{kind}"} | patience,
            f"{kind}-replicator": daemon | own,
            f"{kind}-updater": daemon,
        }  # fmt: skip

    def _build_rings(self) -> None:
        builders = {kind: str(self.folder / "etc" / f"{kind}.builder") for kind in SERVERS}
        places = {
            kind: [f"r1z{node}-127.0.0.1:{self.ports[node, kind]}/d{node}" for node in range(1, NODES + 1)]
            for kind in SERVERS
        }
        _rings([[builders[kind], "create", "6", str(REPLICAS), "0"] for kind in SERVERS])
        _rings(
            [[builders[kind], "add", *(word for each in places[kind] for word in (each, "100"))] for kind in SERVERS]
        )
        _rings([[builders[kind], "rebalance"] for kind in SERVERS])


@contextlib.contextmanager
def running_swift(folder: Path) -> Iterator[Swift]:
    """Four nodes in *folder*, ended at the end."""
    swift = Swift(folder)
    try:
        swift.start()
        yield swift
    finally:
        swift.stop()


def _proxy(port: int, cache: int) -> dict[str, dict[str, str]]:
    return {
        "DEFAULT": {
            "bind_ip": "127.0.0.1", "bind_port": str(port), "workers": "0", "user": "root", "log_level": "ERROR",
        },
        "pipeline:main": {
            "pipeline": "catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth bulk slo dlo "
            "proxy-server",
        },
        "app:proxy-server": {
            "use": "egg:swift#proxy", "account_autocreate": "true", "node_timeout": "20", "conn_timeout": "5",
            "error_suppression_interval": "5",
        },
        "filter:tempauth": {"use": "egg:swift#tempauth", "user_test_tester": f"{SECRET} .admin .reseller_admin"},
        "filter:s3api": {"use": "egg:swift#s3api", "location": "us-east-1"},
        "filter:cache": {"use": "egg:swift#memcache", "memcache_servers": f"127.0.0.1:{cache}"},
        **{f"filter:{name}": {"use": f"egg:swift#{name}"} for name in (
            "catch_errors", "gatekeeper", "healthcheck", "listing_formats", "bulk", "slo", "dlo",
        )},
    }  # fmt: skip


def _rings(commands: list[list[str]]) -> None:
    """Run the ring builder, all *commands* at once. Raises RuntimeError with what it says."""
    runs = [
        subprocess.Popen(["swift-ring-builder", *each], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for each in commands
    ]
    for each in runs:
        said = each.communicate()[0]
        if each.returncode > 1:  # 1 is only a warning
            raise RuntimeError(said.decode("utf-8", "replace"))


def _free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _each in range(count)]
    try:
        for each in probes:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in probes]
    finally:
        for each in probes:
            each.close()


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _wait(port: int) -> None:
    until = time.monotonic() + _SECONDS
    while not _answers(port):
        if time.monotonic() > until:
            raise TimeoutError(f"nobody answers on port {port}")
        time.sleep(0.1)


def main() -> None:
    """Serve until Ctrl+C."""
    if missing := missing_programs():
        sys.exit(
            f"Missing: {', '.join(missing)}. Install with: sudo apt-get install --no-install-recommends "
            "swift-proxy swift-object swift-container swift-account memcached"
        )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="lantai-swift-") as folder, running_swift(Path(folder)) as swift:
        print(f"Swift with its S3 interface: {swift.endpoint}\nkey {KEY}\nsecret {SECRET}\nCtrl+C ends it.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()


if __name__ == "__main__":
    main()
