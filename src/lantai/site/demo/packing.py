"""From a case to the package its department hands over: files, descriptions, container; faults planted where wanted."""

from __future__ import annotations

import hashlib
import io
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any, Literal

from lantai.archival.checks.faults import PLANTS, Plant
from lantai.archival.checks.faults import Case as FaultyCase
from lantai.archival.packages import Material, ProcessAct, load_profile, write_package
from lantai.site.demo.cases import LAST_DAY, SERIAL_FROM, Case, make_case
from lantai.site.demo.county import Body, bodies, county, document_retention, items, region, words
from lantai.site.demo.files import official, papers
from lantai.site.demo.files.facts import Facts
from lantai.site.demo.files.ofd import electronic_licence
from lantai.site.demo.files.scans import Kind, scan_page
from lantai.site.demo.files.signing import demo_signer
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.invention import invent_address, invent_name

RICH = 400
"""Cases up to this number carry every paper there is; later ones only what their item asks for."""
FAULTS_FIRST = 6
"""Every sixth case is faulty until each fault was planted once, then every twelfth."""
_HEAVY = ("too-many-entries", "bomb")
_SYSTEM = "云岭县一体化政务服务平台 V3.2（Linux，达梦数据库）"
_NATURE: Mapping[str, Literal["B", "P", "R"]] = {"A": "B", "B": "P", "C": "R"}
_CODES = {
    # what a file is: its code and folder by the fuzhou profile, then by the generic one
    "form": ("A", "B01"),
    "declare": ("A", "B01"),
    "commit": ("A", "B06"),
    "list": ("A", "B04"),
    "sale": ("A", "B04"),
    "call": ("A", "B08"),
    "id": ("A", "B02"),
    "book": ("A", "B04"),
    "licence": ("A", "B04"),
    "contract": ("A", "B04"),
    "cert": ("A", "B04"),
    "proof": ("A", "B04"),
    "plan": ("A", "B04"),
    "receipt": ("B16", "P11"),
    "acceptance": ("B8", "P31"),
    "correction": ("B18", "P21"),
    "approval": ("B17", "P41"),
    "closing": ("B13", "P81"),
    "delivery": ("B19", "P91"),
    "refusal": ("B14", "P99"),
    "decision": ("C", "R71"),
    "result": ("C", "R81"),
    "electronic": ("C", "R83"),
}
_FOLDERS = {"A": "申报文件", "B": "过程文件", "C": "结果文件"}
_GENERIC = {"B": "依据性材料", "P": "程序性材料", "R": "结果性材料"}
_STEPS = {
    "receipt": "1",
    "acceptance": "2",
    "examination": "3",
    "decision": "4",
    "correction": "11",
    "suspension": "12",
}


@dataclass(frozen=True, slots=True)
class Parcel:
    """A package ready to be handed over. ``line`` and ``head`` are what a planted fault changes in the hand-over list;
    ``fault`` names that fault, empty for a sound package. ``number`` is the case's."""

    number: int
    name: str
    suffix: str
    body: Body
    profile: str
    day: date
    title: str
    data: bytes
    fault: str = ""
    line: Mapping[str, Any] = field(default_factory=dict)
    head: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Files:
    """Files and materials of a package in the making."""

    generic: bool
    stem: str
    files: dict[str, bytes] = field(default_factory=dict)
    materials: list[Material] = field(default_factory=list)

    def add(
        self, what: str, name: str, content: bytes, form: str, made: datetime, *, own: str = "", open_: bool = False
    ) -> None:
        """Put a file in: *what* it is settles code and folder, *name* is the item's word for it, *own* the file's name."""
        code = _CODES[what][self.generic]
        if code in ("A", "C"):
            code += str(sum(each.stage_code.startswith(code) for each in self.materials) + 1)
        folder = _GENERIC[code[0]] if self.generic else _FOLDERS[code[0]]
        file_name = f"{own or name}.{form.lower() if form != 'TIFF' else 'tif'}"
        taken = 1
        while f"{folder}/{file_name}" in self.files:
            taken += 1
            file_name = f"{own or name}（{taken}）.{form.lower() if form != 'TIFF' else 'tif'}"
        self.files[f"{folder}/{file_name}"] = content
        nature = code[0] if self.generic else _NATURE[code[0]]
        result = nature == "R"
        self.materials.append(
            Material(
                identifier=str(len(self.materials) + 1),
                folder=folder,
                stage_code=code,
                nature=nature,  # type: ignore[arg-type]
                name=name,
                actual_name=f"{name}（{self.stem}）",
                declared_path=f"{folder}/{file_name}" if self.generic else file_name,
                format=form if form != "TIFF" else "TIF",
                size=str(len(content)),
                created=f"{made:%Y-%m-%d %H:%M:%S}",
                digest_algorithm="SHA-256" if result else "",
                digest=hashlib.sha256(content).hexdigest() if result else "",
                share="02" if result and open_ else "03",
                share_basis="依申请共享" if result and open_ else "含个人信息",
            )
        )


def is_document(number: int) -> bool:
    """Whether *number* stands for an official document (文书) and not for a case."""
    return number % 9 == 4 and not is_faulty(number)


def is_faulty(number: int) -> bool:
    """Whether a fault is planted in package *number*."""
    return number % (FAULTS_FIRST if number <= FAULTS_FIRST * len(PLANTS) else 12) == 0


def plant_of(number: int) -> Plant:
    """The fault planted in package *number*; the heavy ones come once only."""
    if number <= FAULTS_FIRST * len(PLANTS):
        return PLANTS[number // FAULTS_FIRST - 1]
    light = [each for each in PLANTS if each.name not in _HEAVY]
    return light[number // 12 % len(light)]


def make_parcel(face: Typeface, seed: int, number: int, *, until: date = LAST_DAY, mended: bool = False) -> Parcel:
    """Package *number* of *seed*, as its department sends it. *mended* gives a faulty one without its fault, as the
    department sends it again (补正)."""
    if is_document(number):
        return _document_parcel(face, seed, number, until)
    if is_faulty(number):
        return _faulty_parcel(face, seed, number, mended)
    case = make_case(seed, number, until=until)
    body = case.item.body
    profile = body.profile
    files = case_files(face, case, generic=profile == "generic")
    name, metadata, acts = _description(case, files)
    sink = io.BytesIO()
    container = body.container
    write_package(
        target=sink,
        profile=load_profile(profile),
        metadata=metadata,
        materials=files.materials,
        process=acts,
        files=files.files,
        container=container,  # type: ignore[arg-type]
        modified=case.archived.astimezone(),
    )
    suffix = ".tar" if container == "tar" else ".zip"
    return Parcel(number, name, suffix, body, profile, case.archived.date(), case.title, sink.getvalue())


# --------------------------------------------------------------------------------------------------------- the facts
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


# --------------------------------------------------------------------------------------------------------- the files
def case_files(face: Typeface, case: Case, *, generic: bool) -> _Files:
    """Every file of *case*, in the order of its stages."""
    chance = random.Random(f"files/{case.seed}/{case.number}")
    facts = facts_of(case)
    rich = case.number <= RICH
    files = _Files(generic, case.applicant)
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


def _brought(face: Typeface, chance: random.Random, case: Case, facts: Facts, files: _Files) -> None:
    """What the applicant handed in: documents and scans."""
    declared = 0
    for kind, name in case.choices:
        own = f"{name}（{case.applicant}）" if chance.random() < 0.12 else ""
        if kind == "form":
            files.add(kind, name, papers.application_form(face, facts, name), "PDF", case.received, own=own)
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
            content = papers.application_form(face, told, name)
            files.add(kind, name, content, "PDF", case.received, own=f"{name}（{party.name}）")
        elif kind == "commit":
            files.add(kind, name, papers.promise_letter(face, facts, name), "PDF", case.received, own=own)
        elif kind == "list":
            files.add(kind, name, papers.name_list(face, facts, name, _rows(chance, name)), "PDF", case.received)
        elif kind == "sale":
            other = invent_name(chance)
            if len(case.parties) > 1:
                other = case.parties[1].name
            files.add(kind, name, papers.agreement(face, facts, name, other), "PDF", case.received, own=own)
        elif kind == "call":
            mark = f"1.2.156.3005.2.{region()}.MA.{case.case_number}.{chance.randrange(16**6):06X}"
            files.add(kind, name, papers.licence_call(face, facts, name, mark), "PDF", case.received)
        else:
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
    face: Typeface, chance: random.Random, case: Case, facts: Facts, files: _Files, kind: str, name: str, own: str
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
            f"一、甲方将坐落于{invent_address(chance, shop=True)}的房屋出租给乙方使用，建筑面积{chance.randint(18, 400)}平方米。",
            f"二、租赁期限{chance.randint(2, 8)}年，年租金人民币{chance.randint(6, 120) * 1000}元，按年支付，先付后用。",
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


def _results(face: Typeface, chance: random.Random, case: Case, facts: Facts, files: _Files) -> None:
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
            mark = f"1.2.156.3005.2.{case.item.body.credit_code}.{case.item.code}.{case.number:09}.001.{chance.choice('ABCDXYZ')}"
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


# ----------------------------------------------------------------------------------------------------- the description
def _description(case: Case, files: _Files) -> tuple[str, dict[str, str], list[ProcessAct]]:
    """Package name, metadata and process acts of *case*."""
    generic = files.generic
    item, body = case.item, case.item.body
    retention = item.retention(case.result)
    serial = SERIAL_FROM + case.number
    name = f"{region()}-{body.fonds}-{item.code}-{case.decided.year}-{retention}-{serial:06}"
    acts = [
        ProcessAct(
            act.step if generic and act.step != "other" else "archiving" if generic else _STEPS.get(act.step, "99"),
            act.action,
            act.actor,
            _time(act.at),
            act.basis,
            act.opinion,
        )
        for act in case.acts
    ]
    metadata = _generic_metadata(case, name, retention) if generic else _fuzhou_metadata(case, name, retention)
    metadata["file_count" if generic else "total_number"] = str(len(files.materials))
    return name, metadata, acts


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _fuzhou_metadata(case: Case, name: str, retention: str) -> dict[str, str]:
    item, body, enterprise = case.item, case.item.body, case.enterprise
    facts = facts_of(case)
    told = {
        "electronic_record_code": name,
        "region_code": region(),
        "task_code": item.code,
        "information_system_description": _SYSTEM,
        "archives_identifier": county()["archives_code"],
        "archives_name": county()["archives_name"],
        "fonds_constituting_unit_name": body.name,
        "lead_department": case.office,
        "fonds_identifier": body.fonds,
        "social_code": body.credit_code,
        "retention_period": retention,
        "security_classification": "公开",
        "project_id": case.case_number,
        "task_name": item.name,
        "task_version": case.version.number,
        "task_type": item.type,
        "project_name": case.title,
        "service_type": "承诺件" if item.days > 1 else "即办件",
        "archive_time": _time(case.archived),
        "apply_name": case.applicant,
        "apply_type": "自然人" if enterprise is None else "非法人企业" if enterprise.sole else "企业法人",
        "card_type": facts.card_type,
        "contacted_card": facts.card_number,
        "address": case.address,
    }
    if enterprise is not None:
        told |= {
            "legal_man": enterprise.head.name,
            "legal_man_id_type": "居民身份证",
            "legal_man_id_number": enterprise.head.identity,
        }
    if case.project[1]:
        code, title, place = case.project
        told |= {"is_project": "是", "project_code": code, "project_title": title, "project_address": place}
    return told | {
        "receive_department": body.name,
        "receive_time": _time(case.accepted),
        "transact_time": _time(case.decided),
        "result": case.result,
        "result_code": case.reference,
        "accept_num": case.acceptance_number,
    }


def _generic_metadata(case: Case, name: str, retention: str) -> dict[str, str]:
    item, body, enterprise = case.item, case.item.body, case.enterprise
    facts = facts_of(case)
    told = {
        "record_code": name,
        "region_code": region(),
        "item_code": item.code,
        "item_name": item.name,
        "item_version": case.version.number,
        "item_type": item.type,
        "case_number": case.case_number,
        "title": case.title,
        "fonds_code": body.fonds,
        "creator": body.name,
        "organisation_code": body.credit_code,
        "responsible": body.name,
        "department": case.office,
        "year": str(case.decided.year),
        "retention": retention,
        "secrecy": "公开",
        "applicant": case.applicant,
        "applicant_type": "自然人" if enterprise is None else "非法人企业" if enterprise.sole else "企业法人",
        "applicant_id_type": facts.card_type,
        "applicant_id_number": facts.card_number,
        "applicant_address": case.address,
    }
    if enterprise is not None:
        told |= {"legal_person": enterprise.head.name, "legal_person_id_number": enterprise.head.identity}
    return told | {
        "applied_at": _time(case.received),
        "accepted_at": _time(case.accepted),
        "decided_at": _time(case.decided),
        "archived_at": _time(case.archived),
        "result": case.result,
        "result_number": case.reference,
        "system": _SYSTEM,
    }


# ------------------------------------------------------------------------------------------------- official documents
def _document_parcel(face: Typeface, seed: int, number: int, until: date) -> Parcel:
    """An official document (文书) with its processing sheet."""
    chance = random.Random(f"document/{seed}/{number}")
    senders = [each for each in bodies().values() if "wenshu" in each.profiles]
    body = chance.choice(senders)
    day = date(2023, 1, 9) + timedelta(days=chance.randrange(max(1, (until - date(2023, 1, 9)).days - 20)))
    while day.weekday() > 4:
        day -= timedelta(days=1)
    letter, tasks = _letter(chance, body, day, number)
    signer = demo_signer(body.name)
    files = _Files(generic=False, stem=letter.kind)
    at = datetime.combine(day, datetime.min.time()).replace(hour=15, minute=number % 60)

    def add(code: str, folder: str, name: str, file_name: str, content: bytes, form: str) -> None:
        path = f"{folder}/{file_name}"
        files.files[path] = content
        nature: Literal["B", "P", "R"] = {"正文": "R", "附件": "R", "办理过程": "P", "来文": "B"}[folder]  # type: ignore[assignment]
        files.materials.append(
            Material(
                identifier=str(len(files.materials) + 1),
                folder=folder,
                stage_code=code,
                nature=nature,
                name=name,
                actual_name=letter.title if code == "W1" else name,
                declared_path=path,
                format=form,
                size=str(len(content)),
                created=_time(at),
                digest_algorithm="SM3" if code == "W1" else "",
                digest=_sm3(content) if code == "W1" else "",
            )
        )

    add("W1", "正文", "正本", f"{letter.title}.pdf", official.formal_text(face, letter, signer=signer), "PDF")
    if tasks:
        add(
            "F1", "附件", letter.attachment, f"{letter.attachment}.pdf", official.task_table(face, letter, tasks), "PDF"
        )
    add("G1", "办理过程", "文件处理单", "文件处理单.pdf", official.processing_sheet(face, letter), "PDF")
    if letter.kind == "批复":
        told = {"来文单位": letter.receiver, "收文编号": f"收〔{day.year}〕{number}号", "收文日期": f"{day}"}
        scan = scan_page(
            face, chance, kind="proof", title="请示", told=told, stamp=letter.receiver, clauses=letter.paragraphs[:1]
        )
        add("L1", "来文", "来文", "来文.jpg", scan, "JPG")
    retention = document_retention(letter.kind)
    name = f"{body.fonds}-WS-{day.year}-{SERIAL_FROM + number:06}"
    metadata = {
        "record_code": name,
        "fonds_code": body.fonds,
        "creator": body.name,
        "organisation_code": body.credit_code,
        "year": str(day.year),
        "retention": retention,
        "department": letter.office,
        "category_code": "WS",
        "title": letter.title,
        "doc_no": letter.number,
        "responsible": body.name,
        "date": day.isoformat(),
        "document_type": letter.kind,
        "precedence": "平急",
        "principal_receiver": letter.receiver,
        "other_receivers": letter.copies,
        "secrecy": "公开",
        "issuer": letter.issuer,
        "manuscript_type": "正本",
        "file_count": str(len(files.materials)),
        "archived_at": _time(at + timedelta(days=3)),
        "system": "云岭县电子公文系统 V5.0（Linux，达梦数据库）",
    }
    acts = [
        ProcessAct(step, action, who, _time(at + timedelta(minutes=minutes)), "党政机关公文处理工作条例", opinion)
        for step, action, who, minutes, opinion in (
            ("draft", "拟稿", letter.drafter, -380, "起草完毕，呈审核。"),
            ("review", "审核", letter.reviewer, -300, "已核。"),
            ("issue", "签发", letter.issuer, -120, "同意印发。"),
            ("seal", "用印", letter.drafter, -30, "已用印。"),
            ("dispatch", "印发", letter.drafter, 0, "已分发。"),
            ("archive", "归档", letter.reviewer, 3 * 1440, "随办随归。"),
        )
    ]
    sink = io.BytesIO()
    write_package(
        target=sink,
        profile=load_profile("wenshu"),
        metadata={tag: value for tag, value in metadata.items() if value},
        materials=files.materials,
        process=acts,
        files=files.files,
        modified=at.astimezone(),
    )
    return Parcel(number, name, ".zip", body, "wenshu", day + timedelta(days=3), letter.title, sink.getvalue())


def _sm3(content: bytes) -> str:
    from_digest = hashlib.new("sm3") if "sm3" in hashlib.algorithms_available else None
    if from_digest is None:
        return ""
    from_digest.update(content)
    return from_digest.hexdigest()


def _letter(
    chance: random.Random, body: Body, day: date, number: int
) -> tuple[official.Letter, list[tuple[str, str, str]]]:
    told = words()["documents"]
    topic, place, project = (
        chance.choice(told["topics"]),
        chance.choice(told["places"]),
        chance.choice(told["projects"]),
    )
    kind = chance.choice(("通知", "通知", "批复", "请示", "报告", "意见", "函"))
    towns = f"{place}人民政府" if place.endswith(("镇", "乡")) else f"{place}办事处"
    receiver = {
        "通知": "各乡镇人民政府、街道办事处，县政府有关部门",
        "意见": "各乡镇人民政府、街道办事处，县政府有关部门",
        "批复": towns,
        "请示": "云岭县人民政府",
        "报告": "云岭县人民政府",
        "函": towns,
    }[kind]
    subject = {
        "通知": f"关于做好{day.year}年{topic}工作的通知",
        "意见": f"关于进一步加强{topic}工作的意见",
        "批复": f"关于{place}{project}工程用地的批复",
        "请示": f"关于要求安排{project}工程专项资金的请示",
        "报告": f"关于{day.year}年{topic}工作情况的报告",
        "函": f"关于商请协助{project}工程前期工作的函",
    }[kind]
    aims = chance.sample(told["aims"], 2)
    steps = chance.sample(told["steps"], 3)
    opening = {
        "批复": f"你单位报来的关于{project}工程的请示收悉。经研究，现批复如下：",
        "请示": f"为推进{project}工程建设，{aims[0]}，现将有关事项请示如下：",
        "报告": f"按照县政府统一部署，我单位扎实推进{topic}工作，{aims[0]}，现将有关情况报告如下：",
        "函": f"为推进{project}工程建设，需请贵单位协助以下事项：",
    }.get(kind, f"为切实做好{topic}工作，{aims[0]}，根据上级有关规定，结合我县实际，现就有关事项{kind}如下：")
    paragraphs = [opening]
    paragraphs += [f"{'一二三'[at]}、{each}" for at, each in enumerate(steps)]
    closing = {"请示": "妥否，请批示。", "报告": "特此报告。", "函": "请予支持为盼。", "批复": "此复。"}.get(
        kind, f"请结合实际认真贯彻执行，{aims[1]}。"
    )
    paragraphs.append(closing)
    attachment = f"{topic}工作任务分解表" if kind in ("通知", "意见") and chance.random() < 0.6 else ""
    tasks = []
    if attachment:
        tasks = [
            (
                chance.choice(told["steps"]).split("。")[1][:40] + "。",
                chance.choice(told["places"]),
                f"{chance.randint(6, 11)}月底前",
            )
            for _each in range(chance.randint(5, 12))
        ]
    return (
        official.Letter(
            body=body.name,
            number=f"{body.short}〔{day.year}〕{number}号",
            kind=kind,
            title=subject,
            receiver=receiver,
            copies="县委办公室，县人大常委会办公室，县政协办公室。" if kind in ("通知", "意见") else "",
            paragraphs=paragraphs,
            attachment=attachment,
            day=day,
            drafter=invent_name(chance),
            reviewer=invent_name(chance),
            issuer=invent_name(chance),
            office=chance.choice(body.offices),
        ),
        tasks,
    )


# -------------------------------------------------------------------------------------------------------------- faults
def _faulty_parcel(face: Typeface, seed: int, number: int, mended: bool) -> Parcel:
    """A food licence whose package bears one planted fault of the fault library, or, *mended*, none."""
    plant = plant_of(number)
    case = _food_case(seed, number)
    facts = facts_of(case)
    chance = random.Random(f"faulty/{seed}/{number}")
    files = _Files(generic=False, stem=case.applicant)
    signer = demo_signer(facts.body)
    files.add(
        "form", "食品经营许可申请书", papers.application_form(face, facts, "食品经营许可申请书"), "PDF", case.received
    )
    told = {"名称": facts.applicant, "经营者": facts.person, "经营场所": facts.address, "注册号": facts.card_number}
    scan = scan_page(face, chance, kind="licence", title="营业执照", told=told, stamp="云岭县市场监督管理局")
    files.add("licence", "营业执照", scan, "JPG", case.received)
    files.add("acceptance", "受理承诺单", papers.commitment_slip(face, facts), "PDF", case.accepted)
    files.add("approval", "业务审批单", papers.approval_sheet(face, facts), "PDF", case.decided)
    files.add("result", "食品经营许可证", papers.licence(face, facts, signer=signer), "PDF", case.decided)
    name, metadata, acts = _description(case, files)
    faulty = FaultyCase(number, name, metadata, files.materials, acts, files.files)
    if not mended:
        plant.change(faulty)
        if (
            plant.check == "GD-1-7"
        ):  # the library's own case lies in the fonds 0059, as ours does; say so where it does not
            faulty.name = name.replace(f"-{case.item.body.fonds}-", "-0060-")
            faulty.metadata["electronic_record_code"] = faulty.name
    data, _list = faulty.write()
    return Parcel(
        number,
        faulty.name,
        f".{faulty.container}",
        case.item.body,
        "fuzhou",
        case.archived.date(),
        case.title,
        data,
        fault="" if mended else plant.name,
        line=dict(faulty.line),
        head=dict(faulty.head),
    )


def _food_case(seed: int, number: int) -> Case:
    """A granted food licence of March 2025, in 青石镇, as the planted faults suppose it."""
    case = next(
        each
        for tried in range(1000)
        if (each := make_case(seed, number * 1000 + tried + 10_000_000)).item.code == "0119000101"
        and each.outcome == "granted"
        and not each.lacking
        and date(2025, 3, 3) <= each.received.date()
    )
    return replace(case, number=number)


__all__ = ["Parcel", "case_files", "facts_of", "is_document", "is_faulty", "items", "make_parcel", "plant_of"]
