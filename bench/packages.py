"""Packages for the benches: made by seed, every file distinct, sound for the rules they are judged by.

A package holds five files, some 90 KB unzipped in all: the two metadata documents of the fuzhou profile
(基本信息元数据.xml, 管理过程元数据.xml), the application as a scanned page (JPEG, some 50 KB), the receipt as OFD
(some 2 KB), and the decision as a PDF of one or two pages with an embedded Chinese font and text (some 35 KB).
"""

from __future__ import annotations

import io
import os
import random
import sys
import zipfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from fontTools import subset
from PIL import Image, ImageDraw, ImageFilter
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from lantai.archival.checks import default_pack, rule_pack_to_data
from lantai.archival.codes.check_digits import credit_digit, identity_digit
from lantai.archival.packages import Material, ProcessAct, load_profile, write_package
from lantai.archival.render.fonts import font_path

BODY, FONDS, REGION, ITEM = "SPJ", "0059", "331199", "0155000701"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡"
    "蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏"
)
GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰文斌辉建国志红梅玲燕鹏飞"
    "波宁浩宇欣悦子涵雨泽晨思远若溪景行书禾清和嘉懿一诺梓萱"
)
PLACES = "城关镇 石桥镇 青溪乡 马家沟村 东门街道 柳林镇 白石乡 大河口镇 杏花村 北岭乡 南坪镇 龙泉街道".split()
TRADES = "小餐饮店 食品小作坊 理发店 便利店 五金商行 农资经营部 汽车修理厂 药店 民宿 茶叶合作社 养殖场 印刷厂".split()
WORDS = (
    "经审查 现场核查 符合条件 材料齐全 法定形式 予以受理 准予许可 依法公示 承诺时限 经营场所 "
    "卫生条件 消防安全 环境保护 主体资格 法定代表人 有效期限 变更登记 监督检查 行政相对人 权利义务 "
    "复议诉讼 送达回证 归档保存 责任科室 会议研究 集体讨论 听取意见 补正材料 实地勘验 技术评审 "
    "专家论证 数据共享 电子证照 一次告知 限时办结 首问负责 容缺受理 告知承诺 事中事后 信用监管 "
).split()


@cache
def _font() -> str:
    """A subset of the house font with the characters these documents use, registered once a process."""
    letters = set(SURNAMES + GIVEN + "".join(PLACES) + "".join(TRADES) + "".join(WORDS))
    letters |= set("云岭县行政审批局关于的批复决定书号年月日〔〕第、，。：")
    letters |= set("申请人地址办件编号事项名称准予许可经办审核批准")
    letters |= set("0123456789-ABCDEFGHJKLMNPQRSTUVWXYZ ")
    options = subset.Options()
    options.layout_features = []
    font = subset.load_font(str(font_path()), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(text="".join(sorted(letters)))
    subsetter.subset(font)
    sink = io.BytesIO()
    font.save(sink)
    sink.seek(0)
    pdfmetrics.registerFont(TTFont("bench", sink))
    return "bench"


def decision(chance: random.Random, title: str, facts: list[str]) -> bytes:
    """A decision of one or two pages with embedded text."""
    sink = io.BytesIO()
    canvas = Canvas(sink, pagesize=A4, pageCompression=1, invariant=True)
    for page in range(chance.choice((1, 1, 2))):
        canvas.setFont(_font(), 16)
        canvas.drawCentredString(A4[0] / 2, A4[1] - 80, title[:30] if page == 0 else "（续页）")
        canvas.setFont(_font(), 11)
        lines = facts if page == 0 else []
        lines = [*lines, *("，".join(chance.choices(WORDS, k=7)) + "。" for _line in range(22))]
        for number, line in enumerate(lines):
            canvas.drawString(64, A4[1] - 120 - 22 * number, line)
        canvas.showPage()
    canvas.save()
    return sink.getvalue()


@cache
def _paper() -> Image.Image:
    """A sheet of paper with its grain, larger than a page, so that each page is another piece of it."""
    chance = random.Random(20260101)
    noise = Image.frombytes("L", (700, 960), bytes(chance.choices(range(226, 256), k=700 * 960)))
    return noise.filter(ImageFilter.GaussianBlur(0.8))


def scan(chance: random.Random) -> bytes:
    """A page as a scanner sees it: grain, lines of writing, a red stamp."""
    left, top = chance.randrange(60), chance.randrange(60)
    page = _paper().crop((left, top, left + 620, top + 877)).convert("RGB")
    draw = ImageDraw.Draw(page)
    for row in range(26):
        start = 60
        while start < 540:
            width = chance.randrange(14, 60)
            draw.rectangle((start, 90 + row * 27, min(start + width, 560), 101 + row * 27), fill=(54, 54, 60))
            start += width + chance.randrange(6, 14)
    x, y = chance.randrange(330, 430), chance.randrange(640, 720)
    draw.ellipse((x, y, x + 120, y + 120), outline=(186, 44, 40), width=4)
    sink = io.BytesIO()
    page.save(sink, "JPEG", quality=34, dpi=(75, 75))
    return sink.getvalue()


_OFD = (
    '<?xml version="1.0" encoding="UTF-8"?><ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016" '
    'Version="1.0" DocType="OFD">'
    "<ofd:DocBody><ofd:DocInfo><ofd:DocID>{id}</ofd:DocID></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
    "</ofd:DocBody></ofd:OFD>"
)
_DOCUMENT = (
    '<?xml version="1.0" encoding="UTF-8"?><ofd:Document xmlns:ofd="http://www.ofdspec.org/2016"><ofd:CommonData>'
    "<ofd:MaxUnitID>9</ofd:MaxUnitID><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox></ofd:PageArea>"
    "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes></ofd:CommonData><ofd:Pages>"
    '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>'
)
_RESOURCES = (
    '<?xml version="1.0" encoding="UTF-8"?><ofd:Res xmlns:ofd="http://www.ofdspec.org/2016" BaseLoc="Res"><ofd:Fonts>'
    '<ofd:Font ID="3" FontName="SimSun" FamilyName="SimSun"/></ofd:Fonts></ofd:Res>'
)


def receipt(lines: list[str], number: str) -> bytes:
    """A one-page OFD with text."""
    texts = "".join(
        f'<ofd:TextObject ID="{at + 10}" Boundary="20 {30 + at * 10} 170 8" Font="3" Size="5">'
        f'<ofd:TextCode X="0" Y="5">{line}</ofd:TextCode></ofd:TextObject>'
        for at, line in enumerate(lines)
    )
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><ofd:Page xmlns:ofd="http://www.ofdspec.org/2016"><ofd:Content>'
        f'<ofd:Layer ID="2" Type="Body">{texts}</ofd:Layer></ofd:Content></ofd:Page>'
    )
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("OFD.xml", _OFD.format(id=number))
        archive.writestr("Doc_0/Document.xml", _DOCUMENT)
        archive.writestr("Doc_0/PublicRes.xml", _RESOURCES)
        archive.writestr("Doc_0/Pages/Page_0/Content.xml", content)
    return sink.getvalue()


def make_package(seed: int, number: int) -> tuple[str, bytes]:
    """Name and bytes of package *number*; the same seed and number give the same bytes."""
    chance = random.Random(f"{seed}/{number}")
    person = chance.choice(SURNAMES) + "".join(chance.choices(GIVEN, k=2))
    place = chance.choice(PLACES)
    born = f"{chance.randrange(1950, 2000)}{chance.randrange(1, 13):02}{chance.randrange(1, 29):02}"
    body = f"{REGION}{born}{number % 1000:03}"
    credit = f"11{REGION}MB{number % 10_000_000:07}"
    accepted = date(2025, 1, 6) + timedelta(days=chance.randrange(200))
    closed = accepted + timedelta(days=chance.randrange(1, 5))
    name = f"{REGION}-{FONDS}-{ITEM}-{closed.year}-D30-{number:06}"
    trade = chance.choice(TRADES)
    title = f"{person}{place}{trade}备案（{number}号）"
    case_number = f"YL{accepted:%Y%m%d}{number:07}"
    facts = [
        f"申请人：{person}",
        f"地址：云岭县{place}{chance.randrange(1, 400)}号",
        f"办件编号：{case_number}",
        f"事项名称：{trade}备案",
    ]
    files = {
        "申报文件/备案申请表.jpg": scan(chance),
        "过程文件/收件凭证.ofd": receipt(facts, f"{number:032}"),
        "结果文件/备案决定书.pdf": decision(chance, title, [*facts, f"云审批〔{closed.year}〕{number}号"]),
    }
    described = (
        ("1", "申报文件", "A1", "备案申请表", "JPG"),
        ("2", "过程文件", "B1", "收件材料接收凭证", "OFD"),
        ("3", "结果文件", "C1", "备案决定书", "PDF"),
    )
    materials = [
        Material(
            identifier=identifier,
            folder=folder,
            stage_code=code,
            nature={"A": "B", "B": "P", "C": "R"}[code[0]],  # type: ignore[arg-type]
            name=what,
            actual_name=f"{what}（{person}）",
            declared_path=path.split("/")[1],
            format=form,
            size=str(len(files[path])),
            created=f"{closed} 10:00:00",
            share="03",
            share_basis="含个人信息",
        )
        for (identifier, folder, code, what, form), path in zip(described, files, strict=True)
    ]
    acts = [
        ProcessAct("1", "收件", "方知行", f"{accepted} 09:05:00", "行政许可法第29条", "材料齐全"),
        ProcessAct("2", "受理", "方知行", f"{accepted} 09:12:00", "行政许可法第32条", "予以受理"),
        ProcessAct("4", "办结", "顾清扬", f"{closed} 15:40:00", "行政许可法第38条", "准予备案"),
    ]
    sink = io.BytesIO()
    write_package(
        target=sink,
        profile=load_profile("fuzhou"),
        metadata={
            "electronic_record_code": name,
            "region_code": REGION,
            "task_code": ITEM,
            "information_system_description": "云岭县一体化政务服务平台 V3.2（Linux，达梦数据库）",
            "fonds_constituting_unit_name": "云岭县行政审批局",
            "fonds_identifier": FONDS,
            "social_code": credit + credit_digit(credit),
            "retention_period": "D30",
            "security_classification": "公开",
            "project_id": case_number,
            "task_name": f"{trade}备案",
            "task_version": "1",
            "task_type": "10",
            "project_name": title,
            "service_type": "即办件",
            "archive_time": f"{closed} 16:30:00",
            "apply_name": person,
            "apply_type": "自然人",
            "card_type": "居民身份证",
            "contacted_card": body + identity_digit(body),
            "address": facts[1].removeprefix("地址："),
            "receive_department": "云岭县行政审批局",
            "receive_time": f"{accepted} 09:12:00",
            "transact_time": f"{closed} 15:40:00",
            "result": "准予许可",
            "result_code": f"云审批〔{closed.year}〕{number}号",
            "total_number": str(len(files)),
        },
        materials=materials,
        process=acts,
        files=files,
    )
    return f"{name}.zip", sink.getvalue()


_MATERIALS = [
    {"code": "I1", "type": "1", "name": "申请表", "needs": {"code": "A*", "name": "备案申请表"}},
    {"code": "I2", "type": "2", "name": "收件凭证", "needs": {"code": "B1"}},
    {"code": "I3", "type": "3", "name": "决定书", "needs": {"code": "C*", "name": "备案决定书"}},
]


def make_bench_packages(*, seed: int, count: int, target: Path, first: int = 1) -> list[Path]:
    """Write packages number *first* and following into *target*; returns their paths in order."""
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(first, first + count):
        name, data = make_package(seed, number)
        path = target / name
        path.write_bytes(data)
        paths.append(path)
    return paths


def make_on_all_cores(*, count: int, target: Path, first: int = 1, seed: int = 7) -> list[Path]:
    """The same, on every core; returns their paths in order."""
    target.mkdir(parents=True, exist_ok=True)
    parts = os.cpu_count() or 1
    size = -(-count // parts)
    with ProcessPoolExecutor(parts) as makers:
        made = [
            makers.submit(
                make_bench_packages,
                seed=seed,
                count=min(size, count - at * size),
                target=target,
                first=first + at * size,
            )
            for at in range(parts)
            if count > at * size
        ]
        return [path for each in made for path in each.result()]


def bench_county_data() -> dict[str, Any]:
    """Reference data of the one body that hands over, for administration.services.load_reference_data."""
    present = [{"element": "item_code", "operator": "present"}]
    rules = rule_pack_to_data(default_pack())
    rules["scope"] = [{"code": "S1", "name": "依申请政务服务办件", "when": present}]
    return {
        "item": [
            {
                "code": ITEM,
                "name": "备案",
                "type": "10",
                "organisation": BODY,
                "version": [{"version": "1", "valid_from": "2020-01-01", "mode": "replace", "rules": _MATERIALS}],
            }
        ],
        "retention_table": [
            {
                "key": "YL",
                "version": "1",
                "name": "云岭县保管期限表",
                "default_code": "D30",
                "effective_from": "2020-01-01",
                "rule": [{"code": "1", "name": "办件", "retention": "D30", "conditions": present}],
            }
        ],
        "base_rules": [{"version": "1", "effective_from": "2020-01-01", "data": rules}],
        "rule_pack": {"effective_from": "2020-01-01"},
        "organisation": [{"code": BODY, "name": "云岭县行政审批局", "kind": "agency", "region_code": REGION}],
        "class": [{"path": "ZY", "name": "专业"}, {"path": "ZY·BA", "name": "备案", "item_type": "10"}],
        "fonds": [{"code": FONDS, "name": "云岭县行政审批局全宗", "organisation": BODY}],
        "code_scheme": [
            {
                "category": "ZY",
                "rule": {
                    "key": "bench",
                    "structure": "fonds-category·class2·year·retention-item:6-8",
                    "patterns": {"fonds": "[0-9A-Z]{4}"},
                },
                "defaults": {"class2": "BA"},
                "valid_from": "2020-01-01",
            }
        ],
        "agreement": [
            {
                "number": "YJ-1",
                "organisation": BODY,
                "fonds": FONDS,
                "profile": "fuzhou",
                "policy": "automatic",
                "valid_from": "2020-01-01",
            }
        ],
    }


def numbered(seed: int, first: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Packages as they are needed, none of them kept."""
    for number in range(first, first + count):
        yield make_package(seed, number)


if __name__ == "__main__":
    for each in make_bench_packages(seed=1, count=int(sys.argv[1]), target=Path(sys.argv[2])):
        print(each)
