"""The papers an office writes in a case (政务服务办件), born digital: each function makes one PDF."""

from __future__ import annotations

from datetime import datetime

from lantai.site.demo.files.casepage import begin_sheet, case_time, end_pages
from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.pdf import A4_LANDSCAPE, GREY, Document, wrap
from lantai.site.demo.files.sheet import Cell, Sheet, chinese_day, label, opinion
from lantai.site.demo.files.signing import Signer
from lantai.site.demo.files.typeface import Typeface


def acceptance_notice(face: Typeface, facts: Facts, name: str = "受理通知书") -> bytes:
    """The notice of acceptance (受理通知书), with the materials received and the time promised."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.accepted, case_time(facts, 10)))
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
    end_pages(sheet, facts, name)
    return sheet.document.save()


def commitment_slip(face: Typeface, facts: Facts, name: str = "受理承诺单") -> bytes:
    """The short slip of acceptance with the promised day (受理承诺单)."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.accepted, case_time(facts, 10)))
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
    end_pages(sheet, facts, name)
    return sheet.document.save()


def approval_sheet(face: Typeface, facts: Facts, name: str = "业务审批单") -> bytes:
    """The internal approval sheet (审批单) with every opinion, signed and dated."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.closed, case_time(facts, 14)))
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
    end_pages(sheet, facts, name)
    return sheet.document.save()


def decision(face: Typeface, facts: Facts, *, signer: Signer | None = None) -> bytes:
    """The decision (准予或不予行政许可决定书) under a red head, numbered and sealed; signed when *signer* is given."""
    sheet = Sheet(face, title=facts.title, author=facts.body, made=datetime.combine(facts.closed, case_time(facts, 15)))
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
        made=datetime.combine(facts.closed, case_time(facts, 16)),
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
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.closed, case_time(facts, 17)))
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
    end_pages(sheet, facts, name)
    return sheet.document.save()


def correction_notice(face: Typeface, facts: Facts, missing: str, name: str = "补齐补正通知书") -> bytes:
    """The one-time notice of what must be corrected (一次性补正告知书)."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.applied, case_time(facts, 11)))
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
    end_pages(sheet, facts, name)
    return sheet.document.save()


def closing_notice(face: Typeface, facts: Facts, name: str = "办结通知书") -> bytes:
    """The notice that the case is closed (办结通知书)."""
    sheet = begin_sheet(face, facts, name, datetime.combine(facts.closed, case_time(facts, 16)))
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
    end_pages(sheet, facts, name)
    return sheet.document.save()
