"""A time-stamp authority of our own: `openssl ts` behind a small HTTP server on this machine."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

CONFIG = """
[req]
distinguished_name = dn
[dn]
[ca]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign
[tsa_cert]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[tsa]
default_tsa = it
[it]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1
ess_cert_id_chain = no
tsa_name = yes
"""


def openssl(*words: str) -> bytes:
    done = subprocess.run(["openssl", *words], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make_authority(folder: Path, *, days: int = 3000) -> Path:
    """Root and stamping certificate of an authority in *folder*, in force for *days*; returns the root's file."""
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "openssl.cnf"
    config.write_text(CONFIG.format(folder=folder))
    (folder / "serial").write_text("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", str(config), "-sha256")
    root, key = str(folder / "root.pem"), str(folder / "root.key")
    openssl(
        "req",
        "-x509",
        *curve,
        "-keyout",
        key,
        "-out",
        root,
        "-subj",
        "/CN=Root",
        "-days",
        str(days),
        "-extensions",
        "ca",
    )
    asked = str(folder / "tsa.csr")
    openssl("req", *curve, "-keyout", str(folder / "tsa.key"), "-out", asked, "-subj", "/CN=云岭时间戳", "-utf8")
    signed = ("-CA", root, "-CAkey", key, "-set_serial", "2", "-days", str(days), "-sha256")
    extensions = ("-extfile", str(config), "-extensions", "tsa_cert")
    openssl("x509", "-req", "-in", asked, "-out", str(folder / "tsa.pem"), *signed, *extensions)
    return folder / "root.pem"


def reply_of(folder: Path, query: bytes) -> bytes:
    """What the authority of *folder* answers."""
    with tempfile.TemporaryDirectory() as place:
        asked, told = Path(place) / "query", Path(place) / "reply"
        asked.write_bytes(query)
        config = str(folder / "openssl.cnf")
        openssl("ts", "-reply", "-config", config, "-section", "it", "-queryfile", str(asked), "-out", str(told))
        return told.read_bytes()


@contextmanager
def authority_running(folder: Path, answer: Callable[[bytes], tuple[int, bytes]] | None = None) -> Iterator[str]:
    """The authority of *folder* at an address of this machine; *answer* stands in for one that does wrong."""
    told = answer or (lambda query: (200, reply_of(folder, query)))

    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = told(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def openssl_verifies(stamped: bytes, token: bytes, root: Path) -> bool:
    """Whether `openssl ts -verify` takes the token for one over *stamped*."""
    assert shutil.which("openssl")
    with tempfile.TemporaryDirectory() as place:
        data, told = Path(place) / "stamped", Path(place) / "token.tsr"
        data.write_bytes(stamped)
        told.write_bytes(token)
        words = ("-verify", "-data", str(data), "-in", str(told), "-token_in", "-CAfile", str(root))
        return subprocess.run(["openssl", "ts", *words], capture_output=True, check=False).returncode == 0
