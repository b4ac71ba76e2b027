"""A witness that dies by SIGKILL between keeping a checkpoint and answering: run with its folder and port."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from lantai.archival import tlog
from lantai.site.witness.serving import WitnessServer
from lantai.site.witness.state import WitnessState


class Dying(WitnessState):
    def cosign(self, body: bytes, *, time: int) -> tuple[tlog.Signature, ...]:
        super().cosign(body, time=time)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


if __name__ == "__main__":
    server = WitnessServer(("127.0.0.1", int(sys.argv[2])), Dying(Path(sys.argv[1])))
    print(server.server_address[1], flush=True)
    server.serve_forever()
