"""Kinds of documents: by title, by words with much of the page lost, unknown where nothing fits, taught by people."""

from __future__ import annotations

import json
from random import Random

import pytest
from tests.archival.imaging.true_lines import read_line, witnessed

from lantai.archival.imaging.model import Line
from lantai.archival.imaging.sorting import KINDS, Example, Sorter, kind_words, learn, shipped_examples, title_of
from lantai.archival.imaging.sorting.titles import kind_by_title
from lantai.archival.imaging.specimens import KINDS as SPECIMENS

STRANGE = (
    "床前明月光，疑是地上霜。举头望明月，低头思故乡。李白乘舟将欲行，忽闻岸上踏歌声。桃花潭水深千尺。",
    "红烧肉做法：五花肉切块，焯水后加冰糖炒出糖色，放入八角桂皮，小火慢炖一小时，收汁即可装盘。",
    "The quick brown fox jumps over the lazy dog, and nobody in this office has ever asked it why.",
    "7788 9900 1234 5678 4433 2211 0099 8877 6655 4321",
)


def spoilt(text: str, seed: int, share: float = 0.2) -> str:
    chance = Random(seed)
    return "".join(
        chance.choice("的一是在有人我他这中大来上个国") if chance.random() < share else each for each in text
    )


def as_lines(text: str) -> list[Line]:
    return [
        read_line(each, (100, 60 * place, 900, 60 * place + 40)) for place, each in enumerate(text.split("\n")) if each
    ]


@pytest.mark.parametrize("kind", SPECIMENS)
def test_generated_pages_are_told_by_title_and_without_it_by_their_words(kind: str) -> None:
    sorter = Sorter.shipped()
    for seed in (91_001, 91_002):
        _page, lines, _told = witnessed(seed, kind)  # type: ignore[arg-type]
        decided = sorter.decide(lines)
        assert (decided.kind, decided.by) == (kind, "title") and decided.title
        body = sorter.decide(as_lines("\n".join(each.text for each in lines[4:])))
        assert (body.kind, body.by) == (kind, "words"), (seed, body)
        chances, _alike = sorter.words.chances(spoilt("\n".join(each.text for each in lines[4:]), seed))
        assert max(chances, key=lambda each: chances[each]) == kind


@pytest.mark.parametrize("text", STRANGE)
def test_what_is_like_no_kind_is_unknown(text: str) -> None:
    decided = Sorter.shipped().decide(as_lines(text))
    assert (decided.kind, decided.by) == ("", "unknown")


def test_a_page_with_little_or_nothing_on_it_is_unknown() -> None:
    for lines in ([], as_lines("第1页"), as_lines(" ")):
        assert Sorter.shipped().decide(lines).kind == ""


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("准予行政许可决定书", "decision"), ("不予行政许可决定书", "refusal"), ("行政处罚决定书", "punishment"),
        ("食品经营许可证", "permit"), ("营业执照（副本）", "permit"), ("户外广告设置审批申请表", "form"),
        ("济南市天桥区人民政府办公室文件", "redhead"), ("关于加强档案工作的通知", "notice"), ("授权委托书", "mandate"),
        ("房屋租赁合同", "contract"), ("现场核查笔录", "inspection"), ("区长办公会议纪要", "minutes"),
        ("杭州市政府公报", "gazette"), ("天桥区档案局", ""),
    ],
)  # fmt: skip
def test_titles(title: str, kind: str) -> None:
    lines = [read_line(title, (400, 100, 1600, 190)), *as_lines("\n".join(["正文的一行文字在这里。"] * 6))]
    assert kind_by_title(lines, {})[0] == kind
    assert title_of(lines) == title.replace("(", "（")


def test_a_title_over_two_lines_is_one() -> None:
    lines = [
        read_line("特种设备使用登", (400, 100, 1600, 190)),
        read_line("记证书", (400, 210, 1500, 300)),
        *as_lines("\n".join(["正文的一行文字在这里。"] * 6)),
    ]
    assert kind_by_title(lines, {}) == ("permit", "特种设备使用登记证书")


def test_people_teach_a_kind_of_their_own_and_another_meaning_of_a_title() -> None:
    texts = [
        f"户口迁移证 迁出地址 迁入地址 派出所 户口专用 持证人 {number} 与户主关系 迁移原因 编号" for number in range(8)
    ]
    taught = Sorter.taught(
        [Example(each, "户口迁移证", "户口迁移证明") for each in texts] + [Example("送达回证正文", "form", "送达回证")]
    )
    lines = [read_line("送达回证", (400, 100, 900, 190)), *as_lines("\n".join(["正文的一行文字在这里。"] * 6))]
    assert Sorter.shipped().decide(lines).kind == "receipt" and taught.decide(lines).kind == "form"
    assert taught.decide(as_lines(texts[0].replace(" ", "\n"))).kind == "户口迁移证"
    assert kind_words("户口迁移证") == ("户口迁移证", "户口迁移证") and kind_words("form") == KINDS["form"]
    _page, page_lines, _told = witnessed(91_009, "permit")
    assert taught.decide(page_lines[4:]).kind == "permit"


def test_what_was_learnt_is_plain_data_and_decides_the_same() -> None:
    sorter = Sorter.shipped()
    again = Sorter.of(json.loads(json.dumps(sorter.data())))
    _page, lines, _told = witnessed(91_010, "decision")
    one, other = sorter.decide(lines[4:]), again.decide(lines[4:])
    assert one.kind == other.kind and abs(one.confidence - other.confidence) < 0.01


@pytest.mark.parametrize("change", [{"titles": 3}, {"words": {}}, {"words": {"format": 9}}])
def test_data_that_is_no_sorter_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no "):
        Sorter.of({**Sorter.shipped().data(), **change})


def test_one_kind_cannot_be_learnt_and_the_same_examples_give_the_same() -> None:
    with pytest.raises(ValueError, match="two kinds"):
        learn([Example("甲", "form"), Example("乙", "form")])
    few = shipped_examples()[::6]
    assert learn(few).data() == learn(few).data()
