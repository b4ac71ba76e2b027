"""Declared files find their components, tolerantly but never by guessing."""

from __future__ import annotations

import unicodedata

import pytest

from lantai.archival.packages import Component, Material, match_materials

DECOMPOSED = unicodedata.normalize("NFD", "申报文件/é.pdf")


def material(folder: str, path: str) -> Material:
    return Material("1", folder, "A", "B", "", "", declared_path=path)


def match(declared: list[tuple[str, str]], present: list[str], root: str = "") -> list[str]:
    components = [Component(each, each.encode(), "utf-8", 1) for each in present]
    return [each.path for each in match_materials([material(*each) for each in declared], components, root)]


@pytest.mark.parametrize(
    ("declared", "present", "found"),
    [
        (("申报文件", "表.pdf"), ["申报文件/表.pdf", "表.pdf"], "申报文件/表.pdf"),
        (("申报文件", "表.pdf"), ["表.pdf"], "表.pdf"),
        (("申报文件", "申报文件/表.pdf"), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("申报文件", "申报文件\\表.pdf"), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("申报文件", "/申报文件/表.pdf"), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("申报文件", "./表.pdf"), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("申报文件", " 表.pdf "), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("申报文件", "表.PDF"), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("申报文件", "é.pdf"), [DECOMPOSED], DECOMPOSED),
        (("别的文件", "表.pdf"), ["申报文件/表.pdf"], "申报文件/表.pdf"),
        (("别的文件", "表.pdf"), ["申报文件/表.pdf", "结果文件/表.pdf"], ""),
        (("申报文件", "表.pdf"), ["申报文件/表二.pdf"], ""),
        (("申报文件", "表"), ["申报文件/表.pdf"], ""),
        (("申报文件", ""), ["申报文件/表.pdf"], ""),
        (("申报文件", "../表.pdf"), ["表二.pdf"], ""),
    ],
)  # fmt: skip
def test_where_a_declared_file_is_found(declared: tuple[str, str], present: list[str], found: str) -> None:
    assert match([declared], present) == [found]


def test_a_component_is_given_away_once() -> None:
    assert match([("甲", "1.pdf"), ("乙", "1.pdf")], ["1.pdf"]) == ["1.pdf", ""]
    assert match([("甲", "1.PDF"), ("甲", "1.pdf")], ["甲/1.pdf"]) == ["", "甲/1.pdf"]
    assert match([("甲", "1.pdf"), ("乙", "1.pdf")], ["甲/1.pdf", "乙/1.pdf"]) == ["甲/1.pdf", "乙/1.pdf"]


def test_the_root_is_in_front_of_every_place() -> None:
    assert match([("甲", "1.pdf"), ("", "2.pdf")], ["x/data/甲/1.pdf", "x/data/2.pdf"], "x/data/") == [
        "x/data/甲/1.pdf", "x/data/2.pdf",
    ]  # fmt: skip
