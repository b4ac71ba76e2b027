"""All commands, gathered."""

from __future__ import annotations

from lantai.site.cli import app
from lantai.site.cli.check import check
from lantai.site.cli.demo import demo
from lantai.site.cli.ingest import ingest, watch
from lantai.site.cli.people import people
from lantai.site.cli.proof import proof, verify
from lantai.site.cli.rules import rules
from lantai.site.cli.search import reindex, search
from lantai.site.cli.serve import follow, prepare, run, serve, work

for command in (run, prepare, serve, work, follow, ingest, watch, demo, check, proof, verify, search, reindex):
    app.command()(command)
app.add_typer(people, name="people")
app.add_typer(rules, name="rules")


def main() -> None:
    """The entry of the ``lantai`` command."""
    app()
