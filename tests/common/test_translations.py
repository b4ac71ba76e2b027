"""Every sentence that a page can say is there in English, and the files that say so are sound."""

from __future__ import annotations

import gettext
import os
import re
from pathlib import Path

import polib
import pytest
from django.utils.translation.template import templatize

from lantai.common.translations import (
    ROOT,
    compile_translations,
    missing_messages,
    template_messages,
    used_messages,
)

CHINESE = re.compile(r"[\u3400-\u9fff]")
PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}")
OWN_NAMES = {"简体中文"}
RULE = re.compile("如：.*(?:不属于|且|至少)")
"""A rule as an example: its words are Chinese in every language."""
SOURCES = sorted(ROOT.glob("*/locale/en/LC_MESSAGES/django.po"))


def test_every_sentence_of_every_room_has_english() -> None:
    missing = missing_messages()
    assert {message: sorted(str(path.relative_to(ROOT)) for path in paths) for message, paths in missing.items()} == {}


@pytest.mark.parametrize("path", SOURCES, ids=[path.parts[-5] for path in SOURCES])
def test_english_is_english_and_keeps_every_place(path: Path) -> None:
    entries = polib.pofile(str(path))
    assert len(entries) > 0
    for entry in entries:
        forms = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        for form in forms:
            assert not CHINESE.search(form) or entry.msgid in OWN_NAMES or RULE.match(entry.msgid), entry.msgid
            assert set(PLACE.findall(form)) == set(PLACE.findall(entry.msgid)), entry.msgid


def test_no_room_contradicts_another() -> None:
    """Rooms share one catalogue at run time: the same Chinese with two Englishes would depend on their order."""
    said: dict[str, dict[str, str]] = {}
    for path in SOURCES:
        for entry in polib.pofile(str(path)):
            if not entry.msgctxt and not entry.msgid_plural:
                said.setdefault(entry.msgid, {})[path.parts[-5]] = entry.msgstr
    assert {message: rooms for message, rooms in said.items() if len(set(rooms.values())) > 1} == {}


def test_a_catalogue_is_made_when_its_source_is_newer(tmp_path: Path) -> None:
    folder = tmp_path / "room/locale/en/LC_MESSAGES"
    folder.mkdir(parents=True)
    source = folder / "django.po"
    catalogue = polib.POFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=UTF-8", "Plural-Forms": "nplurals=2; plural=(n != 1);"}
    catalogue.append(polib.POEntry(msgid="档号", msgstr="Archive code"))
    catalogue.append(
        polib.POEntry(msgid="%(n)s 件", msgid_plural="%(n)s 件", msgstr_plural={0: "%(n)s item", 1: "%(n)s items"})
    )
    catalogue.save(str(source))
    assert compile_translations(tmp_path) == [folder / "django.mo"]
    assert compile_translations(tmp_path) == []
    with (folder / "django.mo").open("rb") as made:
        read = gettext.GNUTranslations(made)
    assert read.gettext("档号") == "Archive code"
    assert [read.ngettext("%(n)s 件", "%(n)s 件", n) for n in (1, 2)] == ["%(n)s item", "%(n)s items"]
    later = (folder / "django.mo").stat().st_mtime + 10
    os.utime(source, (later, later))
    assert compile_translations(tmp_path) == [folder / "django.mo"]


def test_sentences_are_found_wherever_they_stand(tmp_path: Path) -> None:
    room = tmp_path / "room"
    (room / "templates").mkdir(parents=True)
    (room / "views.py").write_text(
        "from x import gettext as _, ngettext\n"
        "_('一')\nngettext('%(n)s 二', '%(n)s 三', 2)\npgettext('context', '四')\n_(variable)\nother('五')\n",
        encoding="utf-8",
    )
    (room / "templates/page.html").write_text(
        '{% translate "六" as six %}{% trans "七" %}'
        "{% blocktranslate with a=b %}{{ a }} 八{% endblocktranslate %}"
        "{% blocktranslate count n=x|length %}{{ n }} 九{% plural %}{{ n }} 十{% endblocktranslate %}",
        encoding="utf-8",
    )
    assert set(used_messages(tmp_path)) == {
        "一", "%(n)s 二", "%(n)s 三", "四", "六", "七", "%(a)s 八", "%(n)s 九", "%(n)s 十",
    }  # fmt: skip


def test_our_reading_of_templates_is_django_s_own() -> None:
    """Django's makemessages turns templates into pseudo-Python; every sentence it sees must be one that we see."""
    for path in sorted(ROOT.glob("*/templates/**/*.html")):
        text = path.read_text(encoding="utf-8")
        seen = set(template_messages(text))
        for call in re.finditer(r"gettext\(u?(?:'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\")", templatize(text)):
            sentence = (
                (call.group(1) or call.group(2) or "")
                .encode()
                .decode("unicode_escape")
                .encode("latin1", "ignore")
                .decode("utf-8", "ignore")
            )
            if sentence.isascii():
                continue
            assert sentence in seen, f"{path.name}: {sentence}"
