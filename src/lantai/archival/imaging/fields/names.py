"""Names of people, of bodies and places as documents write them: behind a word that calls for them, or by their ends.

Free prose names more people than rules find; these are suggestions, and a person decides.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

_WORDS: dict[str, Any] = tomllib.loads(files(__package__).joinpath("words.toml").read_text(encoding="utf-8"))


def _any(kind: str) -> str:
    """Any of the words of a kind, the longest first."""
    return "|".join(map(re.escape, sorted(_WORDS[kind], key=len, reverse=True)))


_HAN = "\u4e00-\u9fff"
_NOTE = r"(?:\s?（[^（）\n]{1,8}）)?"
"""What may stand in brackets behind a cue."""
_TO_VALUE = r"\s?(?:：|\s|(?=\n))\s{0,3}"
_PERSON = re.compile(
    rf"(?:(?<![{_HAN}])|(?<=[，。；、]))(?:{_any('person_cues')}){_NOTE}{_TO_VALUE}"
    rf"(?P<name>(?:(?:{_any('double_surnames')})|[{_WORDS['surnames']}])\s?[{_HAN}](?:\s?[{_HAN}])??)"
    rf"(?=[^{_HAN}]|$|{_any('after_persons')}|{_any('person_cues')})"
)
_BESIDE = re.compile(
    rf"(?<![{_HAN}])(?:{_any('person_cues')})(?P<name>(?:(?:{_any('double_surnames')})|[{_WORDS['surnames']}])"
    rf"(?:(?![人者方员表式])[{_HAN}]){{1,2}})(?=[，。；（]|$)",
    re.MULTILINE,
)
_IN_PROSE = re.compile(
    rf"(?<![{_HAN}])(?P<name>(?:(?:{_any('double_surnames')})|[{_WORDS['surnames']}])(?:(?![人者方员表])[{_HAN}]){{1,2}}?)"
    r"(?=（?，?(?:男|女)，|（?，?(?:公民)?身份证|同志|先生|女士)"
)
_BODY_CUE = re.compile(
    rf"(?<![{_HAN}])(?:{_any('body_cues')}){_NOTE}{_TO_VALUE}(?P<name>[{_HAN}A-Za-z0-9（）·]{{4,50}})"
)
_BODY_END = re.compile(
    rf"(?:{_any('body_ends')})(?:(?:（[{_HAN}]{{1,8}}）)|(?:[{_HAN}]{{0,8}}?(?:{_any('sub_bodies')})))?"
)
_ENDS_AS_BODY = re.compile(rf"(?:{_any('body_ends')})(?:（[{_HAN}]{{1,8}}）)?$")
_SEGMENT = re.compile(rf"[{_HAN}A-Za-z0-9（）·]+")
_HARD = re.compile(_any("hard_boundaries"))
_SOFT = re.compile(_any("soft_boundaries"))
_PLACE = re.compile(rf"(?:{_any('places')}|[{_HAN}]{{2,3}}(?:省|市|县|区|州|盟|旗|镇|乡|街道))")
_GENERIC = frozenset(_WORDS["generic_bodies"])
_NO_BODIES = tuple(_WORDS["no_bodies"])
_LEAST_BODY = 4
_AREAS = (
    rf"(?:(?:{_any('places')})(?:省|市|自治区|壮族自治区|回族自治区|维吾尔自治区)?)?(?:[{_HAN}]{{2,6}}?(?:自治州|市|州|盟|地区))?"
    rf"(?:[{_HAN}]{{1,6}}?(?:自治县|区|县|市|旗))?(?:[{_HAN}]{{1,6}}?(?:镇|乡|街道|开发区|新区))?"
)
_NUMBER = r"[0-9一二三四五六七八九十百]+"
_INSIDE = (
    rf"(?:\s?(?:{_NUMBER}|[A-Za-z甲乙丙丁东西南北]+)\s?-?(?:号楼|号院|栋|幢|座|单元|层|楼|室|号|户|门|排|弄|组))*"
    r"(?:-?[0-9]{2,4})?"
)
_ROAD = r"(?:大街|大道|路|街|道|巷|里|弄|胡同|村|屯|社区|小区|园|工业区|广场|集市路|段)"
_ADDRESS = re.compile(
    rf"{_AREAS}[{_HAN}0-9A-Za-z]{{1,20}}?{_ROAD}(?:[{_HAN}]{{1,8}}?{_ROAD})?{_NUMBER}号{_INSIDE}"
    rf"(?:[{_HAN}]{{2,10}}?(?:大厦|广场|中心|花园|小区|市场|商城){_INSIDE})?"
)
_ADDRESS_CUE = re.compile(
    rf"(?:(?<![{_HAN}])(?:{_any('address_cues')}){_NOTE}{_TO_VALUE}|(?:现住|住在|住|位于|坐落于|坐落在))"
    rf"(?P<name>{_AREAS}[{_HAN}0-9A-Za-z（）\- ]{{2,50}})"
)
_ADDRESS_LIKE = re.compile(r"(?:省|市|区|县|镇|乡|街道|村|路|街|道|巷|号|室|栋|单元|楼|组|园)")

Span = tuple[int, int, float]
"""Where a name begins and ends in the text, and how sure the rule is."""


def person_spans(text: str) -> Iterator[Span]:
    """Names of people (人名)."""
    for pattern, sure in ((_PERSON, 0.95), (_IN_PROSE, 0.8), (_BESIDE, 0.75)):
        for found in pattern.finditer(text):
            if not _ENDS_AS_BODY.search(found["name"]):
                yield *found.span("name"), sure


def body_spans(text: str) -> Iterator[Span]:
    """Names of bodies (机构), organisations and firms."""
    for segment in _SEGMENT.finditer(text):
        begin, start = segment.start(), segment.start()
        for end in _ends(segment.group()):
            piece = text[start : begin + end]
            at = start + _beginning(piece)
            name = text[at : begin + end]
            if _is_body(name):
                yield at, begin + end, 0.85
            start = begin + end
    for found in _BODY_CUE.finditer(text):
        name = found["name"]
        ended = list(_ends(name))
        if ended and ended[-1] == len(name) and _is_body(name):
            yield *found.span("name"), 0.95


def address_spans(text: str) -> Iterator[Span]:
    """Addresses (地址)."""
    for found in _ADDRESS_CUE.finditer(text):
        name = found["name"].rstrip()
        if len(_ADDRESS_LIKE.findall(name)) >= 2 and (whole := _ADDRESS.match(name)):
            yield found.start("name"), found.start("name") + whole.end(), 0.95
        elif len(_ADDRESS_LIKE.findall(name)) >= 2 and text[found.end() : found.end() + 1] in ("", "\n", "。", "，"):
            yield found.start("name"), found.start("name") + len(name), 0.7
    for segment in _SEGMENT.finditer(text):
        for found in _ADDRESS.finditer(segment.group()):
            start = found.start() + _beginning(found.group())
            if _PLACE.match(segment.group(), start):
                yield segment.start() + start, segment.start() + found.end(), 0.8


def _ends(segment: str) -> list[int]:
    """Where bodies end in a piece of text without punctuation; of names within names the longest."""
    found: list[int] = []
    at = 0
    while match := _BODY_END.search(segment, at):
        found.append(match.end())
        at = match.end()
    kept: list[int] = []
    for end in found:
        if kept and _goes_on(segment[kept[-1] : end]):
            kept[-1] = end
        else:
            kept.append(end)
    return kept


def _goes_on(between: str) -> bool:
    """Whether what stands between two ends is part of one name: 某某市 卫生局 监督所."""
    return len(between) <= 10 and not _HARD.search(between) and not _SOFT.match(between) and not _PLACE.match(between)


def _beginning(piece: str) -> int:
    """Where the name begins in a piece of text that ends with it: behind the last word that belongs to no name."""
    at = 0
    for found in _HARD.finditer(piece):
        if found.end() < len(piece) - 2:
            at = found.end()
    for found in _SOFT.finditer(piece, at):
        if _PLACE.match(piece, found.end()):
            return found.end()
    return at


def _is_body(name: str) -> bool:
    bare = _ENDS_AS_BODY.sub("", name)
    balanced = name.count("（") == name.count("）")
    return (
        len(name) >= _LEAST_BODY
        and len(bare) >= 2
        and bare not in _GENERIC
        and balanced
        and not name.endswith(_NO_BODIES)
    )
