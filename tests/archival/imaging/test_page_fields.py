"""Values on pages: what is generated is found with its place, check digits are held, free-hand sentences, odd input."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.archival.imaging.true_lines import read_line, witnessed

from lantai.archival.codes import check_identity_number, check_social_credit_code
from lantai.archival.imaging.fields import FAULTS, FIELDS, find_fields, place_text
from lantai.archival.imaging.fields.values import date_value
from lantai.archival.imaging.model import Line
from lantai.archival.imaging.specimens import KINDS


def found(*texts: str) -> set[tuple[str, str]]:
    lines = [
        read_line(text, (100, 100 + 300 * place, 100 + 30 * len(text), 140 + 300 * place))
        for place, text in enumerate(texts)
    ]
    return {(each.code, each.value) for each in find_fields(lines)}


@pytest.mark.parametrize("kind", KINDS)
def test_every_value_of_a_generated_page_is_found_where_it_stands(kind: str) -> None:
    for seed in (90_001, 90_002, 90_003):
        page, lines, told = witnessed(seed, kind)  # type: ignore[arg-type]
        got = find_fields(lines)
        wanted = Counter((code, date_value(value)[0] if code == "date" else value) for code, value in told)
        have = Counter((each.code, each.value) for each in got)
        assert wanted and set(wanted) <= set(have), set(wanted) - set(have)
        codes = {"person", "date", "document_number", "credit_code", "identity_number"}
        assert {each for each in have if each[0] in codes} == {each for each in wanted if each[0] in codes}
        for each in got:
            inside = [line for line in page.sheet.lines if each.text[:4] in line.text]
            assert any(
                line.box[0] - 2 <= each.box[0] and each.box[1] >= line.box[1] - 2 and each.box[3] <= line.box[3] + 400
                for line in inside
            ), each
            assert 0.5 < each.confidence <= 1 and not each.fault


SENTENCES: tuple[tuple[str, set[tuple[str, str]]], ...] = (
    ("申请人李建国，男，公民身份号码37010519800101001X，现住济南市天桥区北园大街12号。",
     {("person", "李建国"), ("address", "济南市天桥区北园大街12号")}),
    ("经办人：欧阳志远  联系电话：0531-88881234", {("person", "欧阳志远")}),
    ("由杭州市萧山区市场监督管理局负责解释", {("body", "杭州市萧山区市场监督管理局")}),
    ("依据《中华人民共和国行政许可法》第三十二条第一款第（四）项之规定",
     {("law", "《中华人民共和国行政许可法》第三十二条第一款第（四）项")}),
    ("根据济政发〔2019〕12号文件精神", {("document_number", "济政发〔2019〕12号")}),
    ("鲁档发[2020]第5号", {("document_number", "鲁档发〔2020〕5号")}),
    ("二〇一九年十二月三十一日印发", {("date", "2019-12-31")}),
    ("有效期至2024-02-29止", {("date", "2024-02-29")}),
    ("合同签订于2021.5.8，共三份", {("date", "2021-05-08")}),
    ("统一社会信用代码：91370105MA3C4XWK1T", set()),
    ("佳和商贸有限公司与太原市卫生局", {("body", "佳和商贸有限公司"), ("body", "太原市卫生局")}),
    ("法定代表人（负责人）：王 伟", {("person", "王伟")}),
    ("各部门、各单位要高度重视，加强领导。", set()),
    ("请到政务服务大厅办理", set()),
    ("第三十八条第二款", set()),
    ("电话：13812345678", set()),
    ("面积1234567890平方米", set()),
)  # fmt: skip


@pytest.mark.parametrize(("sentence", "wanted"), SENTENCES)
def test_sentences_written_by_hand(sentence: str, wanted: set[tuple[str, str]]) -> None:
    got = {each for each in found(sentence) if each[0] not in ("credit_code", "identity_number")}
    assert got == wanted


def test_numbers_whose_check_digit_does_not_hold_say_so() -> None:
    sound, spoilt = "11010519491231002X", "110105194912310021"
    assert check_identity_number(sound).holds
    lines = [
        read_line(f"身份证号码：{sound}", (0, 0, 900, 40)),
        read_line(f"身份证号码：{spoilt}", (0, 300, 900, 340)),
        read_line("统一社会信用代码：91370105MA3C4XWK1T", (0, 600, 900, 640)),
    ]
    by_value = {each.value: each for each in find_fields(lines)}
    assert not by_value[sound].fault
    assert by_value[spoilt].fault == "digit" and by_value[spoilt].confidence < by_value[sound].confidence
    assert check_social_credit_code("91370105MA3C4XWK1T").fault == by_value["91370105MA3C4XWK1T"].fault != ""
    assert ("date", "2023年2月30日") in found("2023年2月30日")


def test_what_runs_over_two_lines_is_one_value_and_table_cells_are_not() -> None:
    one = read_line("根据上述规定，本机关决定准予济南市天桥区恒泰环保科", (100, 100, 1100, 140))
    two = read_line("技有限公司取水许可", (100, 160, 500, 200))
    assert ("body", "济南市天桥区恒泰环保科技有限公司") in {(each.code, each.value) for each in find_fields([one, two])}
    (field,) = find_fields([one, two])
    assert field.box[1] <= 101 and field.box[3] >= 199
    cells = [read_line("法定代表人", (100, 100, 300, 140)), read_line("王建国", (500, 100, 620, 140))]
    assert {(each.code, each.value) for each in find_fields(cells)} == {("person", "王建国")}


def test_corrected_lines_whose_words_no_longer_agree_take_the_place_of_the_line() -> None:
    line = read_line("文号：济政发〔2O19〕12号", (100, 100, 900, 140))
    corrected = Line("文号：济政发〔2019〕12号", line.corners, 1.0, line.words)
    (field,) = find_fields([corrected])
    assert field.value == "济政发〔2019〕12号" and field.box[0] >= 100 and field.box[2] <= 900


@settings(max_examples=80, deadline=None)
@given(
    st.lists(
        st.text(
            st.sampled_from("0123456789年月日法〔〕号《》第条：（） \n王李市区局公司省路街IXOZ根据由的"),
            min_size=1,
            max_size=60,
        ),
        max_size=6,
    )
)
def test_any_text_gives_fields_with_known_codes_within_the_page(texts: list[str]) -> None:
    lines = [
        read_line(text, (10, 60 * place, 10 + 20 * len(text), 60 * place + 30)) for place, text in enumerate(texts)
    ]
    placed = place_text(lines)
    assert len(placed.text) == len(placed.boxes) == len(placed.confidences)
    for each in find_fields(lines):
        assert each.code in FIELDS and (not each.fault or each.fault in FAULTS)
        left, top, right, bottom = each.box
        assert 0 <= left < right and 0 <= top < bottom and 0 <= each.confidence <= 1 and each.value


def test_nothing_gives_nothing() -> None:
    assert find_fields([]) == []
    assert find_fields([read_line("   ", (0, 0, 10, 10))]) == []
