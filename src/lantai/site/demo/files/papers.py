"""The papers of a government-service case (政务服务办件), born digital: each function makes one PDF."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.pdf import A4_LANDSCAPE, GREY, Document, wrap
from lantai.site.demo.files.sheet import LEFT, ROOM, Cell, Sheet, chinese_day, label, opinion
from lantai.site.demo.files.signing import Signer
from lantai.site.demo.files.typeface import Typeface


def _sheet(face: Typeface, facts: Facts, name: str, at: datetime) -> Sheet:
    return Sheet(face, title=f"{name}（{facts.number}）", author=facts.body, made=at)


def _clock(facts: Facts, hour: int) -> time:
    """A time of day that differs from case to case."""
    mark = sum(map(ord, facts.number[-6:] + facts.applicant))
    return time(hour, mark % 60, mark * 7 % 60)


def _footer(sheet: Sheet, facts: Facts, name: str) -> None:
    for number, page in enumerate(sheet.document.pages, start=1):
        page.text(LEFT, 806, f"办件编号：{facts.number}", size=9, colour=GREY)
        page.text(
            LEFT + ROOM,
            806,
            f"{name}　第 {number} 页 共 {len(sheet.document.pages)} 页",
            size=9,
            align="right",
            colour=GREY,
        )


def application_form(face: Typeface, facts: Facts, name: str) -> bytes:
    """The application (申请表) with its table, the materials handed in and the applicant's word."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 9)))
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
    _footer(sheet, facts, name)
    return sheet.document.save()


def acceptance_notice(face: Typeface, facts: Facts, name: str = "受理通知书") -> bytes:
    """The notice of acceptance (受理通知书), with the materials received and the time promised."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.accepted, _clock(facts, 10)))
    sheet.heading(facts.body, size=20, after=0)
    sheet.heading(name, size=24, after=6)
    sheet.line(f"编号：{facts.number}", align="right", after=10)
    sheet.paragraph(f"{facts.applicant}：", indent=0, size=15, leading=26)
    sheet.paragraph(
        f"你（单位）于{chinese_day(facts.applied)}提出的“{facts.item}”申请，经审查，申请材料齐全、符合法定形式，"
        f"依照《中华人民共和国行政许可法》第三十二条的规定，现予受理。"
        f"本事项承诺自受理之日起{facts.days or 1}个工作日内办结，"
        "依法需要听证、检验、检测、检疫、鉴定和专家评审的，所需时间不计算在内。",
        size=15,
        leading=26,
    )
    sheet.y += 10
    rows = [[label("序号"), label("材料名称"), label("份数"), label("形式")]]
    rows += [
        [Cell(str(at), align="centre"), Cell(each), Cell("1", align="centre"), Cell("电子", align="centre")]
        for at, each in enumerate(facts.materials, 1)
    ]
    sheet.table((50, 270, 55, 62), rows, lowest=26)
    sheet.y += 4
    sheet.paragraph(
        f"承办人：{facts.handler}　　咨询电话：0599-6600{sum(map(ord, facts.body)) % 1000:03}", size=13, leading=24
    )
    sheet.sign_off(facts.body, facts.accepted, size=15)
    _footer(sheet, facts, name)
    return sheet.document.save()


def commitment_slip(face: Typeface, facts: Facts, name: str = "受理承诺单") -> bytes:
    """The short slip of acceptance with the promised day (受理承诺单)."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.accepted, _clock(facts, 10)))
    sheet.heading(f"{facts.body}{name}", size=19, after=12)
    rows = [
        [label("办件编号"), Cell(facts.number), label("受理日期"), Cell(chinese_day(facts.accepted))],
        [label("申请人"), Cell(facts.applicant, 3)],
        [label("证件号码"), Cell(facts.masked), label("承诺时限"), Cell(f"{facts.days or 1} 个工作日")],
        [label("事项名称"), Cell(facts.item, 3)],
        [label("收取材料"), Cell("；".join(facts.materials) + "。", 3)],
        [label("经办人"), Cell(facts.handler), label("责任科室"), Cell(facts.office)],
    ]
    sheet.table((80, 158, 80, 119), rows)
    sheet.line("凭本单和有效证件领取办理结果；可在云岭县一体化政务服务平台凭办件编号查询进度。", size=10)
    sheet.sign_off(facts.body, facts.accepted, size=14)
    _footer(sheet, facts, name)
    return sheet.document.save()


def approval_sheet(face: Typeface, facts: Facts, name: str = "业务审批单") -> bytes:
    """The internal approval sheet (审批单) with every opinion, signed and dated."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.closed, _clock(facts, 14)))
    sheet.heading(f"{facts.body}{name}", size=20, after=8)
    sheet.line(f"办件编号：{facts.number}", size=11, align="right", after=4)
    verdict = "同意" if facts.granted else f"不予同意。{facts.reason}"
    rows = [
        [label("申请人"), Cell(facts.applicant, 3)],
        [label("事项名称"), Cell(facts.item, 3)],
        [label("受理日期"), Cell(chinese_day(facts.accepted)), label("承诺时限"), Cell(f"{facts.days or 1} 个工作日")],
        [label("申请内容"), Cell(f"{facts.subject}。{facts.scope}", 3)],
        [
            label("承办人意见"),
            opinion(
                "申请材料齐全，符合法定形式；经与部门共享数据核对，主体信息一致。"
                + ("拟予许可，请审核。" if facts.granted else f"{facts.reason}拟不予许可，请审核。"),
                facts.handler,
                facts.accepted,
                3,
            ),
        ],
        [
            label("审核意见"),
            opinion(
                "已于"
                + chinese_day(facts.reviewed)
                + ("完成现场核查，符合" if facts.granted else "完成核查，不符合")
                + f"{facts.law}规定的条件。",
                facts.reviewer,
                facts.reviewed,
                3,
            ),
        ],
        [label("审批意见"), opinion(f"{verdict}。".replace("。。", "。"), facts.leader, facts.closed, 3)],
        [label("备注"), Cell("办理过程信息见管理过程元数据；本单由审批系统生成。", 3)],
    ]
    sheet.table((80, 158, 80, 119), rows, lowest=28)
    _footer(sheet, facts, name)
    return sheet.document.save()


def decision(face: Typeface, facts: Facts, *, signer: Signer | None = None) -> bytes:
    """The decision (准予或不予行政许可决定书) under a red head, numbered and sealed; signed when *signer* is given."""
    sheet = Sheet(face, title=facts.title, author=facts.body, made=datetime.combine(facts.closed, _clock(facts, 15)))
    sheet.red_head(facts.body, facts.document)
    sheet.heading(f"关于{'准予' if facts.granted else '不予'}{facts.title}的决定", size=20, after=10)
    sheet.paragraph(f"{facts.applicant}：", indent=0, size=15, leading=25)
    sheet.paragraph(
        f"你（单位）于{chinese_day(facts.applied)}向本机关提出{facts.item}申请（办件编号：{facts.number}），"
        f"本机关于{chinese_day(facts.accepted)}依法受理。"
    )
    if facts.granted:
        sheet.paragraph(
            f"经审查，你（单位）提交的申请材料齐全，申请内容（{facts.scope}）符合{facts.law}规定的条件和标准。"
            "依照《中华人民共和国行政许可法》第三十八条第一款的规定，本机关决定："
        )
        until = f"，有效期至{chinese_day(facts.until)}" if facts.until else ""
        sheet.paragraph(
            f"一、准予{facts.applicant}的{facts.item}申请，发给{facts.licence_name}，编号：{facts.licence}{until}。"
        )
        sheet.paragraph("二、你（单位）应当按照许可的范围从事活动，并接受有关部门的监督检查。")
        sheet.paragraph("三、许可内容发生变化的，应当依法申请变更；有效期届满需要延续的，应当在届满三十日前提出。")
    else:
        sheet.paragraph(
            f"经审查，{facts.reason}不符合{facts.law}规定的条件。根据《中华人民共和国行政许可法》第三十八条第二款的规定，"
            "本机关决定不予行政许可。"
        )
        sheet.paragraph(
            "如不服本决定，可以自收到本决定书之日起六十日内向云岭县人民政府申请行政复议，或者在六个月内依法向云岭县人民法院提起行政诉讼。"
        )
    sheet.sign_off(facts.body, facts.closed, size=15, leading=25)
    sheet.imprint("云岭县政务数据局，申请人所在乡镇人民政府。", facts.body, facts.closed)
    return sheet.document.save(signer=signer)


def licence(face: Typeface, facts: Facts, *, signer: Signer | None = None) -> bytes:
    """The licence itself (证照正本), landscape, in a double frame."""
    document = Document(
        face,
        title=f"{facts.licence_name} {facts.licence}",
        author=facts.body,
        made=datetime.combine(facts.closed, _clock(facts, 16)),
    )
    page = document.page(A4_LANDSCAPE)
    width = A4_LANDSCAPE[0]
    page.box(30, 30, width - 60, 535, line=5, colour="0.72 0.55 0.2")
    page.box(40, 40, width - 80, 515, line=1, colour="0.72 0.55 0.2")
    page.star(width / 2, 92, 26)
    name = facts.licence_name
    page.text(
        width / 2,
        168,
        name,
        size=min(44, 640 / len(name)),
        align="centre",
        bold=True,
        spacing=6,
        colour="0.25 0.12 0.02",
    )
    page.text(width / 2, 196, "（正本 · 演示）", size=13, align="centre", colour=GREY)
    rows = [
        ("编　　号", facts.licence),
        ("名　　称", facts.subject),
        ("持 证 人", facts.applicant),
        ("负 责 人", facts.person),
        ("地　　址", facts.address),
        ("许可内容", facts.scope),
        ("有效期至", chinese_day(facts.until) if facts.until else "长期"),
    ]
    for size in (16, 14, 12, 10, 8):  # the largest that leaves the seal its place
        folded = [(what, wrap(face, told, 650 - size * 5.6, size)) for what, told in rows]
        if sum(len(lines) * size * 1.45 + size * 0.6 for _what, lines in folded) < 208:
            break
    y = 234.0
    for what, lines in folded:
        page.text(96, y, what, size=size, bold=True)
        for line in lines:
            page.text(96 + size * 5.6, y, line, size=size)
            y += size * 1.45
        y += size * 0.6
    page.text(width - 220, 496, facts.body, size=min(17.0, 240 / len(facts.body)), align="centre")
    page.text(width - 220, 524, chinese_day(facts.closed), size=16, align="centre")
    page.text(96, 524, "云岭县为虚构地名，本证为演示样张", size=10, colour=GREY)
    for number, line in enumerate(wrap(face, f"办件：{facts.title}（{facts.number}）", 420, 10)):
        page.text(96, 496 + number * 14, line, size=10, colour=GREY)
    page.seal(width - 220, 496, facts.body)
    return document.save(signer=signer)


def delivery_receipt(face: Typeface, facts: Facts, name: str = "送达回证") -> bytes:
    """The proof of delivery (送达回证), signed by who received."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.closed, _clock(facts, 17)))
    sheet.heading(facts.body, size=18, after=0)
    sheet.heading(name, size=24, after=12)
    rows = [
        [label("送达文书"), Cell(f"{facts.title}（{facts.document}）", 3)],
        [label("受送达人"), Cell(facts.applicant, 3)],
        [label("送达地点"), Cell("云岭县政务服务中心综合窗口", 3)],
        [label("送达方式"), Cell("直接送达"), label("送达人"), Cell(facts.handler)],
        [label("收件人"), opinion("已收到上述文书。", facts.person, facts.closed, 3)],
        [label("代收人"), Cell("无"), label("与受送达人关系"), Cell("—")],
        [label("拒收理由"), Cell("—", 3)],
        [label("备注"), Cell("", 3)],
    ]
    sheet.table((80, 150, 98, 109), rows, lowest=34)
    sheet.sign_off(facts.body, facts.closed, size=14)
    _footer(sheet, facts, name)
    return sheet.document.save()


def promise_letter(face: Typeface, facts: Facts, name: str = "告知承诺书") -> bytes:
    """The applicant's written promise (告知承诺书)."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 8)))
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
    _footer(sheet, facts, name)
    return sheet.document.save()


def correction_notice(face: Typeface, facts: Facts, missing: str, name: str = "补齐补正通知书") -> bytes:
    """The one-time notice of what must be corrected (一次性补正告知书)."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 11)))
    sheet.heading(facts.body, size=20, after=0)
    sheet.heading(name, size=24, after=6)
    sheet.line(f"编号：{facts.number}", align="right", after=10)
    sheet.paragraph(f"{facts.applicant}：", indent=0, size=15, leading=26)
    sheet.paragraph(
        f"你（单位）于{chinese_day(facts.applied)}提出的“{facts.item}”申请，经审查，申请材料不齐全或者不符合法定形式。"
        "依照《中华人民共和国行政许可法》第三十二条第一款第四项的规定，现一次告知需要补正的全部内容：",
        size=15,
        leading=26,
    )
    sheet.y += 8
    sheet.table(
        (45, 180, 212),
        [
            [label("序号"), label("材料名称"), label("补正要求")],
            [Cell("1", align="centre"), Cell(missing), Cell("复印件不清晰，请重新扫描后提交；应加盖公章或签名。")],
        ],
    )
    sheet.paragraph("请于收到本通知之日起五个工作日内补正；逾期未补正的，视为撤回申请。", size=15, leading=26)
    sheet.sign_off(facts.body, facts.applied, size=15)
    _footer(sheet, facts, name)
    return sheet.document.save()


def closing_notice(face: Typeface, facts: Facts, name: str = "办结通知书") -> bytes:
    """The notice that the case is closed (办结通知书)."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.closed, _clock(facts, 16)))
    sheet.heading(facts.body, size=20, after=0)
    sheet.heading(name, size=24, after=10)
    sheet.paragraph(f"{facts.applicant}：", indent=0, size=15, leading=26)
    sheet.paragraph(
        f"你（单位）申请办理的“{facts.item}”（办件编号：{facts.number}）已于{chinese_day(facts.closed)}办结，"
        f"办理结果为：{'准予' if facts.granted else '不予许可'}，结果文书：{facts.document}。"
        "请持有效身份证件到云岭县政务服务中心领取，或者登录一体化政务服务平台下载电子证照。",
        size=15,
        leading=26,
    )
    sheet.sign_off(facts.body, facts.closed, size=15)
    _footer(sheet, facts, name)
    return sheet.document.save()


def agreement(face: Typeface, facts: Facts, name: str, other: str) -> bytes:
    """A contract (合同、协议书) between the applicant and *other*."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 7)))
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
    _footer(sheet, facts, name)
    return sheet.document.save()


def name_list(face: Typeface, facts: Facts, name: str, rows: Sequence[tuple[str, ...]]) -> bytes:
    """A list that goes with an application (名册、清单)."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 8)))
    sheet.heading(name, size=22, after=6)
    sheet.paragraph(f"填报单位：{facts.applicant}", size=11, leading=17, indent=0)
    sheet.y += 6
    head, *others = rows
    table = [[label(each) for each in head]]
    table += [[Cell(each, align="centre") for each in row] for row in others]
    sheet.table([40] + [100] * (len(head) - 1), table, lowest=26)
    sheet.line(f"填报日期：{chinese_day(facts.applied)}　　负责人：{facts.person}", size=11)
    _footer(sheet, facts, name)
    return sheet.document.save()


def licence_call(face: Typeface, facts: Facts, name: str, identifier: str) -> bytes:
    """The record of an electronic licence fetched from the sharing platform (电子证照调用凭证)."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 9)))
    sheet.heading(name, size=22, after=14)
    rows = [
        [label("调用系统"), Cell("云岭县一体化政务服务平台（虚构）")],
        [label("调用事由"), Cell(f"办理“{facts.item}”，办件编号 {facts.number}")],
        [label("持证主体"), Cell(facts.applicant)],
        [label("证件号码"), Cell(facts.masked)],
        [label("证照名称"), Cell("营业执照" if facts.applicant_type != "自然人" else "居民身份证")],
        [label("电子证照标识"), Cell(identifier)],
        [label("调用时间"), Cell(f"{chinese_day(facts.applied)} {_clock(facts, 9):%H:%M:%S}")],
        [label("核验结果"), Cell("证照有效，信息一致。")],
    ]
    sheet.table((110, 327), rows)
    _footer(sheet, facts, name)
    return sheet.document.save()


def certificate(face: Typeface, facts: Facts, name: str, number: str) -> bytes:
    """A certificate issued electronically by the body that handles the item (证明), sealed."""
    sheet = _sheet(face, facts, name, datetime.combine(facts.applied, _clock(facts, 7)))
    sheet.heading(name, size=24, after=8)
    sheet.line(f"编号：{number}", align="right", after=10)
    sheet.paragraph(
        f"兹证明{facts.applicant}（{facts.card_type}：{facts.masked}），地址{facts.address}，{facts.scope}。"
    )
    sheet.paragraph(f"本证明供办理“{facts.item}”使用，由政务数据共享平台生成，与原件具有同等效力（演示）。")
    sheet.sign_off(facts.body, facts.applied, size=15)
    return sheet.document.save()
