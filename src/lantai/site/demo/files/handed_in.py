"""The papers an applicant hands in, born digital: each function makes one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from lantai.site.demo.files.casepage import begin_sheet, case_time, end_pages
from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.sheet import LEFT, ROOM, Cell, chinese_day, label, opinion
from lantai.site.demo.files.typeface import Typeface


def application_form(face: Typeface, facts: Facts, name: str) -> bytes:
    """The application (申请表) with its table, the materials handed in and the applicant's word."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 9)))
    sheet.heading(name, after=14)
    sheet.line(f"受理编号：{facts.number}", size=11, align="right")
    natural = facts.applicant_type == "自然人"
    rows = [
        [label("申请人"), Cell(facts.applicant, 3)],
        [label("申请人类型"), Cell(facts.applicant_type), label("证件类型"), Cell(facts.card_type)],
        [label("证件号码"), Cell(facts.card_number, 3)],
        [label("联系人" if natural else "法定代表人"), Cell(facts.person), label("联系电话"), Cell(facts.phone)],
        [label("住所（地址）"), Cell(facts.address, 3)],
        [label("申请事项"), Cell(facts.item, 3)],
        [label("名称（字号）"), Cell(facts.subject, 3)],
        [label("申请内容"), Cell(facts.scope, 3)],
        [
            label("申请方式"),
            Cell("☑ 网上申请　□ 窗口申请".replace("☑", "■")),
            label("取件方式"),
            Cell("□ 邮寄　■ 自取"),
        ],
        [label("提交材料"), Cell("\n".join(f"{at}. {each}" for at, each in enumerate(facts.materials, 1)), 3)],
        [
            label("申请人承诺"),
            opinion(
                "本申请人对所提交材料的真实性、合法性负责，知悉办理该事项的条件和要求，所填内容与所附材料一致，"
                "如有虚假，愿承担相应法律责任。",
                facts.person,
                facts.applied,
                3,
            ),
        ],
    ]
    sheet.table((92, 150, 78, 117), rows)
    sheet.line("注：本表一式一份，由申请人如实填写，归档时随办件保存。", size=10, after=0)
    end_pages(sheet, facts, name)
    return sheet.document.save()


def promise_letter(face: Typeface, facts: Facts, name: str = "告知承诺书") -> bytes:
    """The applicant's written promise (告知承诺书)."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 8)))
    sheet.heading(name, size=24, after=10)
    sheet.paragraph(f"{facts.body}：", indent=0, size=15, leading=26)
    for each in (
        f"本人（单位）{facts.applicant}，{facts.card_type}号码{facts.masked}，就申请“{facts.item}”作出以下承诺：",
        "一、所填写和提交的信息、材料真实、准确、完整，复制件与原件一致。",
        f"二、已经知晓{facts.law}规定的条件、标准和技术要求，能够满足并将持续符合。",
        f"三、{facts.subject}的场所、设施、人员和管理制度符合要求，接受现场核查和事后监督检查。",
        "四、上述承诺是真实意思的表示；若违反承诺或者作出不实承诺，愿意承担相应的法律责任，"
        "接受撤销许可决定和纳入信用记录的处理。",
    ):
        sheet.paragraph(each, size=15, leading=26)
    sheet.y += 30
    sheet.page.text(LEFT + 210, sheet.y + 20, "承诺人（签名）：", size=15)
    sheet.page.text(LEFT + 330, sheet.y + 22, facts.person, size=24, slant=0.22, colour="0.05 0.08 0.35")
    sheet.page.text(LEFT + ROOM - 10, sheet.y + 56, chinese_day(facts.applied), size=15, align="right")
    end_pages(sheet, facts, name)
    return sheet.document.save()


def agreement(face: Typeface, facts: Facts, name: str, other: str) -> bytes:
    """A contract (合同、协议书) between the applicant and *other*."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 7)))
    sheet.heading(name, size=24, after=12)
    sheet.paragraph(f"甲方：{facts.applicant}", indent=0)
    sheet.paragraph(f"乙方：{other}", indent=0)
    for each in (
        f"甲乙双方遵循平等、自愿、公平和诚实信用的原则，就{facts.subject}有关事宜协商一致，订立本{name}。",
        f"第一条　标的：{facts.scope}",
        f"第二条　坐落：{facts.address}。",
        "第三条　双方应当依约全面履行各自的义务，并配合办理有关登记手续。",
        "第四条　一方违约的，应当承担继续履行、采取补救措施或者赔偿损失等责任。",
        "第五条　争议由双方协商解决；协商不成的，向云岭县人民法院提起诉讼。",
        "第六条　本文书一式三份，双方各执一份，一份交登记机关，自双方签字之日起生效。",
    ):
        sheet.paragraph(each)
    sheet.y += 34
    for x, who, signed in ((LEFT, "甲方（签字）：", facts.person), (LEFT + 230, "乙方（签字）：", other[:4])):
        sheet.page.text(x, sheet.y, who, size=14)
        sheet.page.text(x + 100, sheet.y + 3, signed, size=22, slant=0.22, colour="0.05 0.08 0.35")
    sheet.page.text(LEFT + ROOM, sheet.y + 36, chinese_day(facts.applied), size=14, align="right")
    end_pages(sheet, facts, name)
    return sheet.document.save()


def name_list(face: Typeface, facts: Facts, name: str, rows: Sequence[tuple[str, ...]]) -> bytes:
    """A list that goes with an application (名册、清单)."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 8)))
    sheet.heading(name, size=22, after=6)
    sheet.paragraph(f"填报单位：{facts.applicant}", size=11, leading=17, indent=0)
    sheet.y += 6
    head, *others = rows
    table = [[label(each) for each in head]]
    table += [[Cell(each, align="centre") for each in row] for row in others]
    sheet.table([40] + [100] * (len(head) - 1), table, lowest=26)
    sheet.line(f"填报日期：{chinese_day(facts.applied)}　　负责人：{facts.person}", size=11)
    end_pages(sheet, facts, name)
    return sheet.document.save()


def licence_call(face: Typeface, facts: Facts, name: str, identifier: str) -> bytes:
    """The record of an electronic licence fetched from the sharing platform (电子证照调用凭证)."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 9)))
    sheet.heading(name, size=22, after=14)
    rows = [
        [label("调用系统"), Cell("云岭县一体化政务服务平台（虚构）")],
        [label("调用事由"), Cell(f"办理“{facts.item}”，办件编号 {facts.number}")],
        [label("持证主体"), Cell(facts.applicant)],
        [label("证件号码"), Cell(facts.masked)],
        [label("证照名称"), Cell("营业执照" if facts.applicant_type != "自然人" else "居民身份证")],
        [label("电子证照标识"), Cell(identifier)],
        [label("调用时间"), Cell(f"{chinese_day(facts.applied)} {case_time(facts, 9):%H:%M:%S}")],
        [label("核验结果"), Cell("证照有效，信息一致。")],
    ]
    sheet.table((110, 327), rows)
    end_pages(sheet, facts, name)
    return sheet.document.save()


def certificate(face: Typeface, facts: Facts, name: str, number: str) -> bytes:
    """A certificate issued electronically by the body that handles the item (证明), sealed."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 7)))
    sheet.heading(name, size=24, after=8)
    sheet.line(f"编号：{number}", align="right", after=10)
    sheet.paragraph(
        f"兹证明{facts.applicant}（{facts.card_type}：{facts.masked}），地址{facts.address}，{facts.scope}。"
    )
    sheet.paragraph(f"本证明供办理“{facts.item}”使用，由政务数据共享平台生成，与原件具有同等效力（演示）。")
    sheet.sign_off(facts.body, facts.applied, size=15)
    return sheet.document.save()
