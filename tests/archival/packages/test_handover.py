"""Hand-over lists are read as they are sent, and come back as they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lantai.archival.packages import HandoverLine, HandoverListRefused, Limits, read_handover_list, write_handover_list

SENT = """<?xml version="1.0" encoding="UTF-8"?>
<transfer_info>
  <system_code>SP01</system_code><batch_name>20240501</batch_name><send_time>2024-05-01 18:00:00</send_time>
  <send_number>2</send_number><send_size>3000</send_size><transactor>王芳</transactor><File_Number>1</File_Number>
  <standard>福州市政务服务事项电子文件归档技术规范</standard>
  <directories>
    <directory><fonds_identifier>0059</fonds_identifier>
      <unique_identifier>350100-0059-0100190012-2018-D30-000021</unique_identifier><size>1000</size>
      <digital_summary>ab12</digital_summary><digital_summarization_algorithm>SM3</digital_summarization_algorithm>
      <title>食品经营许可</title></directory>
    <directory><unique_identifier>350100-0059-0100190012-2018-D30-000022</unique_identifier><size>much</size></directory>
  </directories>
</transfer_info>""".encode()


def test_a_list_as_it_is_sent() -> None:
    first, second = read_handover_list(SENT)
    assert (first.name, first.size) == ("350100-0059-0100190012-2018-D30-000021", 1000)
    assert (first.digest_algorithm, first.digest, first.batch) == ("SM3", "ab12", "20240501")
    assert first.values["title"] == "食品经营许可"
    assert (first.values["send_number"], first.values["send_size"]) == ("2", "3000")
    assert (second.size, second.values["size"], second.batch) == (None, "much", "20240501")


_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1).map(
    str.strip
)
_LINES = st.lists(
    st.builds(
        HandoverLine,
        name=_TEXT.filter(bool),
        size=st.none() | st.integers(0, 10**15),
        digest_algorithm=st.sampled_from(["", "SM3", "SHA-512"]),
        digest=st.sampled_from(["", "ab12"]),
        batch=st.sampled_from(["", "20240501"]),
        values=st.dictionaries(
            st.sampled_from(["title", "year", "project_name", "archival_code", "extra"]), _TEXT.filter(bool)
        ),
    ),
    max_size=5,
)


@pytest.mark.parametrize("form", ["xml", "csv"])
@given(lines=_LINES)
def test_what_is_written_is_read(form: str, lines: list[HandoverLine]) -> None:
    head = {"batch_name": "20240501", "send_number": str(len(lines))}
    read = read_handover_list(write_handover_list(lines, head=head, form="csv" if form == "csv" else "xml"))
    assert [(e.name, e.size, e.digest_algorithm, e.digest, e.batch) for e in read] == [
        (e.name, e.size, e.digest_algorithm, e.digest, "20240501") for e in lines
    ]
    for written, found in zip(lines, read, strict=True):
        assert found.values["send_number"] == str(len(lines))
        assert {tag: found.values[tag] for tag in written.values} == written.values


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_as_a_clerk_saves_it(encoding: str) -> None:
    text = "电子文件号,大小,数字摘要算法,数字摘要,题名\r\nA-1,12,SM3,ab12,决定书\r\n\r\nA-2,13,,,\r\n"
    first, second = read_handover_list(text.encode(encoding))
    assert (first.name, first.size, first.digest, first.values["title"]) == ("A-1", 12, "ab12", "决定书")
    assert (second.name, second.size, second.digest) == ("A-2", 13, "")


@pytest.mark.parametrize(
    ("data", "code", "detail"),
    [
        (b"<transfer_info>", "xml.malformed", "line 1"),
        (b"<!DOCTYPE x []><transfer_info/>", "xml.doctype", "line 1"),
        (b"<other/>", "metadata.wrong-root", "other"),
        (b"", "handover.form", "line 1: no column unique_identifier"),
        (b"a,b\n1,2\n", "handover.form", "line 1"),
        (b"unique_identifier,size\nA-1\n", "handover.form", "line 2: 1 columns, not 2"),
        (b'unique_identifier\n"A-1\n', "handover.form", "line 2"),
        (b"unique_identifier\n\xff\xff\n", "handover.form", "line 2: neither"),
    ],
)
def test_what_cannot_be_read_is_refused_exactly(data: bytes, code: str, detail: str) -> None:
    with pytest.raises(HandoverListRefused) as refusal:
        read_handover_list(data)
    assert refusal.value.problem.code == code
    assert detail in refusal.value.problem.detail


def test_a_list_beyond_the_limit_is_refused() -> None:
    for data in (b"unique_identifier\n" + b"A\n" * 100, SENT):
        with pytest.raises(HandoverListRefused, match=r"handover\.form|xml\.too-large"):
            read_handover_list(data, limits=Limits(metadata_size=100))
