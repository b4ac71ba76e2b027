"""The files of one case: what the applicant brought, what the office wrote, what came out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from lantai.site.demo.cases import Case
from lantai.site.demo.county import region
from lantai.site.demo.files import handed_in, papers
from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.ofd import electronic_licence
from lantai.site.demo.files.scans import Kind, scan_page
from lantai.site.demo.files.signing import demo_signer
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.invention import invent_address, invent_name
from lantai.site.demo.parcels import PackageFiles

RICH = 400
"""Cases up to this number carry every paper there is; later ones only what their item asks for."""


def facts_of(case: Case) -> Facts:
    """What the papers of *case* say."""
    enterprise, person = case.enterprise, case.person
    officers = {act.action: act.actor for act in case.acts}
    reviewed = next((act.at.date() for act in case.acts if act.step == "examination"), case.decided.date())
    refused = {"refused": "现场核查不符合要求，", "withdrawn": "申请人书面撤回申请，"}.get(case.outcome, "")
    years = 5 if case.item.type == "01" and not case.item.project else 0
    return Facts(
        body=case.item.body.name,
        item=case.item.name,
        title=case.title,
        number=case.case_number,
        document=case.decision_number,
        licence=case.licence_number,
        licence_name=case.item.result,
        law=case.item.basis,
        applicant=case.applicant,
        applicant_type="自然人" if enterprise is None else "个体工商户" if enterprise.sole else "企业法人",
        card_type="居民身份证" if enterprise is None else "统一社会信用代码",
        card_number=enterprise.credit if enterprise else person.identity,
        address=case.address,
        phone=case.phone,
        person=person.name,
        subject=case.project[1] or case.applicant,
        scope="；".join(f"{what}：{answer}" for what, answer in case.answers),
        applied=case.received.date(),
        accepted=case.accepted.date(),
        reviewed=reviewed,
        closed=case.decided.date(),
        until=case.decided.date() + timedelta(days=365 * years) if years else None,
        days=case.item.days,
        handler=officers.get("受理", person.name),
        reviewer=officers.get("审核", officers.get("受理", "")),
        leader=officers.get("办结", ""),
        office=case.office,
        granted=case.outcome == "granted",
        reason=refused,
        materials=tuple(name for _kind, name in case.choices),
    )


def case_files(face: Typeface, case: Case, *, generic: bool) -> PackageFiles:
    """Every file of *case*, in the order of its stages."""
    chance = random.Random(f"files/{case.seed}/{case.number}")
    facts = facts_of(case)
    rich = case.number <= RICH
    files = PackageFiles(generic, case.applicant)
    _brought(face, chance, case, facts, files)
    if case.lacking:
        what = case.lacking[0]
        files.add("correction", "补齐补正通知书", papers.correction_notice(face, facts, what), "PDF", case.received)
    if case.item.days > 1 and (rich or chance.random() < 0.5):
        name = "受理通知书" if generic or chance.random() < 0.4 else "受理承诺单"
        made = papers.acceptance_notice if name == "受理通知书" else papers.commitment_slip
        files.add("acceptance", name, made(face, facts), "PDF", case.accepted)
    elif case.item.days > 1:
        files.add("acceptance", "受理承诺单", papers.commitment_slip(face, facts), "PDF", case.accepted)
    if case.version.sheet or (rich and (case.item.days > 1 or chance.random() < 0.4)):
        files.add("approval", "业务审批单", papers.approval_sheet(face, facts), "PDF", case.decided)
    if rich and chance.random() < 0.25:
        files.add("closing", "办结通知书", papers.closing_notice(face, facts), "PDF", case.decided)
    if rich and chance.random() < 0.4:
        files.add("delivery", "送达回执", papers.delivery_receipt(face, facts), "PDF", case.delivered)
    _results(face, chance, case, facts, files)
    return files


def _brought(face: Typeface, chance: random.Random, case: Case, facts: Facts, files: PackageFiles) -> None:
    """What the applicant handed in: documents and scans."""
    declared, scanned = 0, False
    for kind, name in case.choices:
        own = f"{name}（{case.applicant}）" if chance.random() < 0.12 else ""
        if kind == "form":
            files.add(kind, name, handed_in.application_form(face, facts, name), "PDF", case.received, own=own)
        elif kind == "declare":
            party = case.parties[declared % len(case.parties)]
            declared += 1
            told = replace(
                facts,
                applicant=party.name,
                person=party.name,
                card_number=party.identity,
                address=party.address,
                phone=party.phone,
            )
            content = handed_in.application_form(face, told, name)
            files.add(kind, name, content, "PDF", case.received, own=f"{name}（{party.name}）")
        elif kind == "commit":
            files.add(kind, name, handed_in.promise_letter(face, facts, name), "PDF", case.received, own=own)
        elif kind == "list":
            files.add(kind, name, handed_in.name_list(face, facts, name, _rows(chance, name)), "PDF", case.received)
        elif kind == "sale":
            other = invent_name(chance)
            if len(case.parties) > 1:
                other = case.parties[1].name
            files.add(kind, name, handed_in.agreement(face, facts, name, other), "PDF", case.received, own=own)
        elif kind == "call":
            mark = f"1.2.156.3005.2.{region()}.MA.{case.case_number}.{chance.randrange(16**6):06X}"
            files.add(kind, name, handed_in.licence_call(face, facts, name, mark), "PDF", case.received)
        elif scanned and case.number > RICH and kind in ("cert", "proof", "contract"):
            content = handed_in.certificate(face, facts, name, f"{case.received.year}-{chance.randrange(10**7):07}")
            files.add(kind, name, content, "PDF", case.received)
        else:
            scanned = True
            _scanned(face, chance, case, facts, files, kind, name, own)


def _rows(chance: random.Random, name: str) -> list[tuple[str, ...]]:
    """Rows of a list of people or of things."""
    if "清单" in name or "明细" in name or "一览" in name:
        things = ("货车", "叉车", "检定器具", "消毒设备", "监控设备", "灭火器", "电子秤", "冷藏柜")
        table = [("序号", "名称", "规格型号", "数量")]
        table += [
            (
                str(at),
                chance.choice(things),
                f"{chance.choice('ABCDXYZ')}{chance.randrange(100, 990)}",
                str(chance.randint(1, 9)),
            )
            for at in range(1, chance.randint(4, 12))
        ]
        return list(table)
    people: list[tuple[str, ...]] = [("序号", "姓名", "岗位", "证书编号")]
    people += [
        (
            str(at),
            invent_name(chance),
            chance.choice(("主任", "技术员", "安全员", "教师", "护士", "工程师")),
            f"{chance.randrange(10**9):09}",
        )
        for at in range(1, chance.randint(4, 14))
    ]
    return people


def _scanned(
    face: Typeface, chance: random.Random, case: Case, facts: Facts, files: PackageFiles, kind: str, name: str, own: str
) -> None:
    """A paper that the applicant brought, as the counter scanned it."""
    person, enterprise = case.person, case.enterprise
    told: dict[str, str] = {}
    clauses: Sequence[str] = ()
    stamp = "云岭县公安局"
    if kind == "id":
        begun = person.born.year + 26 + chance.randrange(8)
        told = {
            "name": person.name,
            "sex": f"{'女' if person.female else '男'}　民族 汉",
            "born": f"{person.born.year}年{person.born.month}月{person.born.day}日",
            "address": person.address,
            "number": person.identity,
            "by": "云岭县公安局",
            "valid": f"{begun}.{person.born.month:02}.01-{begun + 20}.{person.born.month:02}.01",
        }
        stamp = ""
    elif kind == "licence" and enterprise is not None:
        told = {
            "统一社会信用代码": enterprise.credit,
            "名称": enterprise.name,
            "类型": "个体工商户" if enterprise.sole else "有限责任公司",
            "法定代表人": enterprise.head.name,
            "注册资本": enterprise.capital,
            "成立日期": f"{enterprise.founded.year}年{enterprise.founded.month}月{enterprise.founded.day}日",
            "住所": enterprise.address,
            "经营范围": "依法须经批准的项目，经相关部门批准后方可开展经营活动，具体经营项目以审批结果为准。",
        }
        stamp = "云岭县市场监督管理局"
    elif kind == "plan":
        told = {
            "who": facts.applicant,
            "where": facts.address,
            "scale": f"比例 1：{chance.choice((50, 100, 200))}",
            "by": f"绘图：{invent_name(chance)}",
        }
        stamp = case.item.body.name if chance.random() < 0.5 else ""
    elif kind == "book":
        told = {
            "户主姓名": person.name,
            "与户主关系": "户主",
            "性别": "女" if person.female else "男",
            "出生日期": f"{person.born:%Y-%m-%d}",
            "公民身份号码": person.identity,
            "住址": person.address,
            "登记日期": f"{case.received.year - chance.randint(1, 9)}-05-{chance.randint(1, 28):02}",
        }
    elif kind == "contract":
        told = {
            "出租方（甲方）": invent_name(chance),
            "承租方（乙方）": facts.applicant,
            "合同编号": f"HT-{case.case_number[2:]}",
        }
        clauses = (
            f"一、甲方将坐落于{invent_address(chance, shop=True)}的房屋出租给乙方使用，"
            f"建筑面积{chance.randint(18, 400)}平方米。",
            f"二、租赁期限{chance.randint(2, 8)}年，年租金人民币{chance.randint(6, 120) * 1000}元，按年支付。",
            "三、乙方应当合理使用房屋及其附属设施，不得擅自改变房屋结构和用途。",
            "四、租赁期间房屋的修缮由甲方负责，乙方应当予以协助。",
            "五、本合同一式两份，双方各执一份，自签字之日起生效。",
        )
        stamp = ""
    else:
        told = {
            "持有人": person.name if enterprise is None else facts.applicant,
            "编号": f"{case.received.year}-{chance.randrange(10**7):07}",
            "签发日期": f"{case.received.year - 1}年{chance.randint(1, 12)}月{chance.randint(1, 28)}日",
        }
        clauses = (
            f"兹证明{told['持有人']}符合办理“{facts.item}”所要求的条件，{facts.scope}，经核验属实，特发此{name}。",
            "本件为演示样张，内容均为虚构。",
        )
        stamp = case.item.body.name
    bilevel = not stamp and kind != "id" and chance.random() < 0.5
    form: Literal["JPEG", "TIFF"] = "TIFF" if bilevel else "JPEG"
    content = scan_page(
        face,
        chance,
        kind=_scan_kind(kind, enterprise is None),
        title=name,
        told=told,
        stamp=stamp,
        clauses=clauses,
        form=form,
        smooth=case.number <= RICH,
    )
    files.add(kind, name, content, "TIFF" if bilevel else "JPG", case.received, own=own)


def _scan_kind(kind: str, natural: bool) -> Kind:
    if kind == "licence" and natural:
        return "cert"
    return kind  # type: ignore[return-value]


def _results(face: Typeface, chance: random.Random, case: Case, facts: Facts, files: PackageFiles) -> None:
    """What came out: decision, licence, electronic licence; or the refusal."""
    signer = demo_signer(facts.body)
    at = case.decided
    if not facts.granted:
        if case.outcome == "refused":
            notice = papers.closing_notice(face, facts, "不予许可通知书")
            files.add("refusal", "不予许可通知书", notice, "PDF", at)
        files.add("decision", "不予行政许可决定书", papers.decision(face, facts, signer=signer), "PDF", at)
        return
    if not case.item.family:
        name = "准予行政许可决定书" if case.item.type == "01" else "办理结果决定书"
        files.add("decision", name, papers.decision(face, facts, signer=signer), "PDF", at, open_=True)
    rich = case.number <= RICH
    as_ofd = chance.random() < 0.45
    if case.item.family or rich or chance.random() < 0.4:
        if as_ofd:
            mark = f"1.2.156.3005.2.{case.item.body.credit_code}.{case.item.code}.{case.number:09}.001"
            told = {
                "编号": facts.licence,
                "持证人": facts.applicant,
                "负责人": facts.person,
                "地址": facts.address,
                "内容": facts.scope,
                "办件": facts.title,
            }
            content = electronic_licence(
                face, name=facts.licence_name, identifier=mark, body=facts.body, day=at.date(), told=told
            )
            files.add("electronic", facts.licence_name, content, "OFD", at, open_=True)
        else:
            files.add("result", facts.licence_name, papers.licence(face, facts, signer=signer), "PDF", at, open_=True)
