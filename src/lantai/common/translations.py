"""Translations: Chinese sentences stand in code and templates, English ones in each room's ``django.po``.

``.mo`` files are made from ``.po`` by :func:`compile_translations` and are never kept in version control.
``python -m lantai.common.translations`` makes them; with ``--missing`` it lists what no room has translated.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
CALLS = frozenset(
    ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy")
)


def compile_translations(root: Path = ROOT) -> list[Path]:
    """Write a ``.mo`` beside every ``.po`` under *root* that is newer than its ``.mo``; return those written.

    Raises OSError for a ``.po`` that cannot be read as such, with its line.
    """
    written = []
    for source in sorted(root.rglob("locale/*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        made = target.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(made))
        made.replace(target)
        written.append(target)
    return written


def used_messages(root: Path = ROOT) -> dict[str, set[Path]]:
    """Every sentence that code and templates under *root* hand to gettext, with the files that do."""
    used: dict[str, set[Path]] = {}
    for path in sorted(root.rglob("*.py")):
        if path.is_relative_to(root / "archival") or "migrations" in path.parts:
            continue
        for message in _messages_of(ast.parse(path.read_text(encoding="utf-8"))):
            used.setdefault(message, set()).add(path)
    for path in sorted(root.rglob("templates/**/*.html")):
        for message in template_messages(path.read_text(encoding="utf-8")):
            used.setdefault(message, set()).add(path)
    return used


def _messages_of(tree: ast.AST) -> Iterator[str]:
    """The literal first arguments of calls to gettext, for plurals the second too."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        if called not in CALLS:
            continue
        given = (
            node.args[1:] if called.startswith("pgettext") else node.args[: 2 if called.startswith("ngettext") else 1]
        )
        for argument in given:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield argument.value


SIMPLE = re.compile(r"""\{%-?\s*trans(?:late)?\s+(?:"([^"]*)"|'([^']*)')""")
BLOCK = re.compile(
    r"\{%\s*blocktrans(?:late)?\b(?P<options>[^%]*)%\}(?P<text>.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.DOTALL
)
PLURAL = re.compile(r"\{%\s*plural\s*%\}")
VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def template_messages(text: str) -> Iterator[str]:
    """The sentences of one template, in the form gettext sees them (``{{ name }}`` becomes ``%(name)s``)."""
    for match in SIMPLE.finditer(text):
        yield match.group(1) or match.group(2)
    for match in BLOCK.finditer(text):
        for part in PLURAL.split(match.group("text")):
            sentence = VARIABLE.sub(r"%(\1)s", part.replace("%", "%%") if "%" in VARIABLE.sub("", part) else part)
            yield (
                " ".join(line.strip() for line in sentence.strip().splitlines())
                if "trimmed" in match["options"]
                else sentence
            )


def translated_messages(root: Path = ROOT, language: str = "en") -> dict[str, str]:
    """Every translated sentence of every room, plural forms joined by a line break."""
    found: dict[str, str] = {}
    for path in sorted(root.rglob(f"locale/{language}/LC_MESSAGES/django.po")):
        for entry in polib.pofile(str(path)):
            forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
            if entry.obsolete or entry.fuzzy or not all(forms):
                continue
            found[entry.msgid] = "\n".join(forms)
            if entry.msgid_plural:
                found.setdefault(entry.msgid_plural, forms[-1])
    return found


def missing_messages(root: Path = ROOT) -> dict[str, set[Path]]:
    """What is used and has no English in any room."""
    known = translated_messages(root)
    return {message: paths for message, paths in used_messages(root).items() if message and message not in known}


def main(arguments: list[str]) -> int:
    """Compile, or list what is missing; the exit status is 1 when something is."""
    if "--missing" not in arguments:
        for path in compile_translations():
            print(path)
        return 0
    missing = missing_messages()
    for message, paths in sorted(missing.items(), key=lambda each: sorted(each[1])):
        print(f"{', '.join(str(path.relative_to(ROOT)) for path in sorted(paths))}: {message}")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
