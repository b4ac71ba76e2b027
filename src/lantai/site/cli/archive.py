"""All commands, those of the archive itself and those that need none. Where one is asked for, only its module is
loaded: all of them bring half the product with them, a second and more before the first line is said.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import typer

COMMANDS = {
    "run": "serve",
    "prepare": "serve",
    "serve": "serve",
    "work": "serve",
    "follow": "serve",
    "ingest": "intake",
    "watch": "intake",
    "demo": "demo",
    "proof": "proof",
    "search": "search",
    "reindex": "search",
    "status": "status",
    "keep": "rebuild",
    "rebuild": "rebuild",
    "compare": "rebuild",
    "export": "moving",
    "import": "importing",
    "import-archive": "moving",
}
"""Each command with the module it stands in."""
FUNCTIONS = {"import": "import_catalogue_file", "import-archive": "import_archive"}
"""Where a command is not called as its function."""
GROUPS = ("people", "rules", "credentials", "keys", "ledger", "storage", "formats", "backup")
"""Commands of several words; each has a module with its own app."""


def add_commands(app: typer.Typer, *, asked: str = "") -> None:
    """Put them on *app*: the one that is *asked* for, or all where that is none of them."""
    known = asked in COMMANDS or asked in GROUPS
    for name, module in COMMANDS.items():
        if not known or name == asked:
            app.command(name=name)(getattr(_module(module), FUNCTIONS.get(name, name)))
    if not known:
        _module("alone").add_commands(app)
    for name in GROUPS:
        if not known or name == asked:
            app.add_typer(_module(name).app, name=name)


def _module(name: str) -> Any:
    return import_module(f"lantai.site.cli.{name}")
