"""Tables as they come: merged headers, empty lines, numbers as text, encodings, quotes gone wrong, damaged files."""

from __future__ import annotations

import struct
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.tables import Line, cell_name, head_of, look_at_table, read_portion, write_table


def every_line(path: Path, limit: int = 1000) -> list[Line]:
    look = look_at_table(path)
    assert look.refused == "", look
    lines: list[Line] = []
    after = look.head.last
    while True:
        portion = read_portion(path, look.form, after, limit)
        lines += portion.lines
        if portion.done:
            return lines
        after = portion.after


def test_a_workbook_as_people_make_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = "某某局归档文件目录"
    sheet.merge_cells("A1:G1")
    for cell, text in {"A3": "档号", "B3": "题名", "C3": "责任者", "E3": "日期", "F3": "页数"}.items():
        sheet[cell] = text
    sheet["C4"], sheet["D4"] = "单位", "姓名"
    sheet.merge_cells("C3:D3")
    sheet.append([])
    sheet.append(["0012", "关于=某事", "县政府", None, datetime(2011, 5, 3), 12])
    sheet.append([None, None])
    sheet.append([12, True, 1.5, "=1/0", 40666, "3"])
    sheet["A8"] = "=2+3"
    book.save(tmp_path / "table")
    look = look_at_table(tmp_path / "table")
    assert (look.head.first, look.head.last) == (3, 4)
    assert look.head.columns == ("档号", "题名", "责任者/单位", "责任者/姓名", "日期", "页数")
    first, second = every_line(tmp_path / "table")
    assert first == Line(6, ("0012", "关于=某事", "县政府", "", "2011-05-03", "12"))
    assert second.cells[:3] == ("", "是", "1.5")
    assert second.cells[4:] == ("40666", "3")
    assert cell_name(4, second.number) == "E8"


def test_a_workbook_of_the_system_of_1904(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    sheet = book.active
    assert sheet is not None
    sheet.append(["题名", "日期"])
    sheet.append(["一", date(2011, 5, 3)])
    book.save(tmp_path / "table")
    assert look_at_table(tmp_path / "table").form.epoch == 1904
    assert every_line(tmp_path / "table")[0].cells == ("一", "2011-05-03")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_tables_in_every_encoding(tmp_path: Path, encoding: str, delimiter: str) -> None:
    text = "档号,题名,日期\r\nA-1,关于〇事的批复,2011-5-3\r\n\r\n ,  ,\r\nA-2,　二　,2012\r\n".replace(",", delimiter)
    (tmp_path / "t.csv").write_bytes(text.encode(encoding))
    assert look_at_table(tmp_path / "t.csv").head.columns == ("档号", "题名", "日期")
    assert every_line(tmp_path / "t.csv") == [
        Line(2, ("A-1", "关于〇事的批复", "2011-5-3")),
        Line(5, ("A-2", "二", "2012")),
    ]


def test_quotes_gone_wrong_take_no_other_line_with_them(tmp_path: Path) -> None:
    text = '档号,题名,日期\nA-1,"好,的""引号""",2011\nA-2,"没有关上,2012\n'
    text += 'A-3,"跨\n两行",2013\nA-4,半"个,2014\nA-5,尾,"2015\n'
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    lines = every_line(tmp_path / "t.csv")
    assert [(each.number, each.cells, each.troubles) for each in lines] == [
        (2, ("A-1", '好,的"引号"', "2011"), ()),
        (3, ("A-2", "没有关上", "2012"), ("quote",)),
        (4, ("A-3", "跨\n两行", "2013"), ()),
        (6, ("A-4", '半"个', "2014"), ()),
        (7, ("A-5", "尾", "2015"), ("quote",)),
    ]


def test_bytes_that_are_no_text_are_told_in_their_line(tmp_path: Path) -> None:
    data = "档号,题名\n".encode() + b"A-1,\xff\xfe\xff\n" + "A-2,好\x07的\n".encode() * 20
    (tmp_path / "t.csv").write_bytes(data)
    lines = every_line(tmp_path / "t.csv")
    assert lines[0].troubles == ("encoding",)
    assert (lines[1].cells, lines[1].troubles) == (("A-2", "好的"), ("control",))


def test_an_xml_table_with_namespaces_attributes_and_nested_fields(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(
        '<?xml version="1.0" encoding="gb18030"?><x:库 xmlns:x="u"><头/><x:行 id="1">'
        "<题名>一&amp;二</题名><人><名>甲</名>"
        "<名>乙</名></人></x:行><x:行 id='2'><题名/><新>三</新></x:行></x:库>".encode("gb18030")
    )
    look = look_at_table(tmp_path / "t")
    assert look.form.columns == ("@id", "题名", "人/名", "新")
    assert [each.cells for each in every_line(tmp_path / "t")] == [("1", "一&二", "甲；乙", ""), ("2", "", "", "三")]


def dbf(fields: list[tuple[str, str, int]], records: list[tuple[str, bytes]], page: int = 0x4D) -> bytes:
    width = 1 + sum(size for _name, _kind, size in fields)
    head = 32 + 32 * len(fields) + 1
    made = struct.pack("<B3sLHH17sB2s", 3, bytes((124, 5, 3)), len(records), head, width, bytes(17), page, bytes(2))
    for name, kind, size in fields:
        made += name.encode("gb18030").ljust(11, b"\0") + kind.encode() + bytes(4) + bytes((size, 0)) + bytes(14)
    return made + b"\r" + b"".join(mark.encode() + data for mark, data in records) + b"\x1a"


def test_a_dbf_table(tmp_path: Path) -> None:
    fields = [("题名", "C", 20), ("RQ", "D", 8), ("YS", "N", 6), ("JM", "L", 1)]
    one = "关于某事".encode("gb18030").ljust(20) + b"20110503" + b" 12.50" + b"T"
    two = b"x".ljust(20) + b"        " + b"     7" + b"?"
    (tmp_path / "t").write_bytes(dbf(fields, [(" ", one), ("*", one), (" ", two)]))
    assert look_at_table(tmp_path / "t").head.columns == ("题名", "RQ", "YS", "JM")
    assert every_line(tmp_path / "t", limit=1) == [
        Line(1, ("关于某事", "20110503", "12.5", "是")),
        Line(3, ("x", "", "7", "")),
    ]
    (tmp_path / "cut").write_bytes(dbf(fields, [(" ", one), (" ", one)])[:-40])
    assert look_at_table(tmp_path / "cut").refused == "broken"


def memo_file(kind: str, memos: list[bytes]) -> tuple[bytes, list[int]]:
    """A memo file as dBASE III, dBASE IV or FoxPro writes it, and the block each memo begins with."""
    size = 64 if kind == "fox" else 512
    made = bytearray(512)
    if kind == "fox":
        made[6:8] = size.to_bytes(2, "big")
    elif kind == "four":
        made[20:22] = size.to_bytes(2, "little")
    blocks = []
    for each in memos:
        blocks.append(len(made) // size)
        if kind == "fox":
            made += (1).to_bytes(4, "big") + len(each).to_bytes(4, "big") + each
        elif kind == "four":
            made += b"\xff\xff\x08\x00" + (len(each) + 8).to_bytes(4, "little") + each
        else:
            made += each + b"\x1a\x1a"
        made += bytes(-len(made) % size)
    return bytes(made), blocks


@pytest.mark.parametrize(("kind", "version"), [("three", 0x83), ("four", 0x8B), ("fox", 0xF5), ("fox", 0x30)])
def test_memo_fields_lie_in_a_file_beside_the_table(tmp_path: Path, kind: str, version: int) -> None:
    texts = ["第一段，" + "长" * 700, "another\r\nmemo"]
    beside, blocks = memo_file(kind, [each.encode("gb18030") for each in texts])
    binary = version == 0x30
    cells = [each.to_bytes(4, "little") if binary else str(each).rjust(10).encode() for each in [*blocks, 0, 9999]]
    data = bytearray(dbf([("TM", "C", 4), ("BZ", "M", 4 if binary else 10)], [(" ", b"x   " + each) for each in cells]))
    data[0] = version
    (tmp_path / "t").write_bytes(bytes(data))
    alone = every_line(tmp_path / "t")
    assert [(each.cells[1], each.troubles) for each in alone] == [
        ("", ("memo",)),
        ("", ("memo",)),
        ("", ()),
        ("", ("memo",)),
    ]
    (tmp_path / "t.memo").write_bytes(beside)
    read = every_line(tmp_path / "t")
    assert [each.cells[1] for each in read] == [texts[0], "another memo", "", ""]
    assert [each.troubles for each in read] == [(), (), (), ("memo",)]
    (tmp_path / "t.memo").write_bytes(b"")
    assert every_line(tmp_path / "t")[0].troubles == ("memo",)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_portions_join_without_gap_or_double(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "t"
    with path.open("wb") as stream:
        lines = [(str(number), f"题名{number}") for number in range(1000)]
        write_table(stream, kind, [("a", "号"), ("b", "题名")], lines, title="t")  # type: ignore[arg-type]
    assert [each.cells for each in every_line(path, limit=7)] == lines


def test_a_header_can_be_told(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("甲,乙\n丙,丁\n1,2\n", encoding="utf-8")
    lines = look_at_table(tmp_path / "t.csv").lines
    assert head_of(lines, 1, 2).columns == ("甲/丙", "乙/丁")
    assert head_of(lines, 0, 0).columns == ("A", "B")


def test_a_table_without_header_is_seen_as_one(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text(
        "X013-WS-2011,关于某事的通知,2011-05-03\nX013-WS-2012,另一件,2012-01-01\n", encoding="utf-8"
    )
    look = look_at_table(tmp_path / "t.csv")
    assert (look.head.first, look.head.columns) == (0, ("A", "B", "C"))


def test_the_register_of_enterprises(corpus: Path) -> None:
    path = corpus / "enterprises" / "qinhuangdao_1978_2019.csv"
    look = look_at_table(path)
    lines = every_line(path)
    assert len(look.head.columns) > 5
    assert len(lines) > 6000
    assert {len(each.cells) for each in lines if not each.troubles} == {len(look.head.columns)}


TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff\ufffe\uffff\u200b\ufffd"), max_size=12
)


@given(rows=st.lists(st.tuples(TEXT, TEXT, TEXT), min_size=1, max_size=8), kind=st.sampled_from(["csv", "xlsx", "xml"]))
def test_what_is_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], kind: str
) -> None:
    path = tmp_path_factory.mktemp("tables") / "t"
    columns = [("k", "标"), ("a", "档号"), ("b", "题名"), ("c", "日期")]
    with path.open("wb") as stream:
        write_table(stream, kind, columns, [("x", *row) for row in rows], title="目录")  # type: ignore[arg-type]
    look = look_at_table(path)
    space = " \t\r\n\u00a0\u3000"
    wanted = [("x", *(each.strip(space) for each in row)) for row in rows]
    found = []
    for line in read_portion(path, look.form, look.head.last, 100).lines:
        known = dict(zip(look.head.columns, line.cells, strict=False))
        found.append(tuple(known.get(heading, "") for _key, heading in columns))
    assert found == wanted
