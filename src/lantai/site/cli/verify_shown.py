"""How a verification is shown: findings with what to do, progress, exit codes."""

from __future__ import annotations

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lantai.archival.verification import Found, Language

SOUND, FOUND, UNREADABLE = 0, 1, 2


def finding_lines(found: Found, language: Language) -> str:
    """A finding on the screen: its code, what it is, and what to do."""
    mark = "✗" if found.is_error else "!"
    return f"  {mark} {found.code}  {plain(found.what(language))}\n      → {plain(found.todo(language))}"


def progress_shown() -> Progress:
    """A line on standard error that says how far it has come; nothing where nobody watches."""
    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed:,}"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)


def plain(text: str) -> str:
    """*text* without what could steer a terminal: a stranger named these files."""
    return "".join(each if each.isprintable() else f"\\x{ord(each):02x}" for each in text)
