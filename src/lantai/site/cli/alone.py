"""Commands that need no archive: they judge files and proofs anywhere."""

from __future__ import annotations

import typer

from lantai.site.cli import witness
from lantai.site.cli.check import check
from lantai.site.cli.drill import drill
from lantai.site.cli.read import read
from lantai.site.cli.restore import restore
from lantai.site.cli.seals import seals
from lantai.site.cli.verify import verify


def add_commands(app: typer.Typer) -> None:
    """Put them on *app*."""
    app.command()(check)
    app.command()(drill)
    app.command()(read)
    app.command()(restore)
    app.command()(seals)
    app.command()(verify)
    app.add_typer(witness.app, name="witness")
