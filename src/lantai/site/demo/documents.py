"""Official documents (文书) of the county as packages of the profile wenshu."""

from __future__ import annotations

import io
import random
from datetime import date, datetime, timedelta
from typing import Literal

from lantai.archival.fixity import digest_bytes
from lantai.archival.packages import Material, ProcessAct, load_profile, write_package
from lantai.site.demo.casedata import clock_time
from lantai.site.demo.county import Body, bodies, document_retention, words
from lantai.site.demo.files import official
from lantai.site.demo.files.scans import scan_page
from lantai.site.demo.files.signing import demo_signer
from lantai.site.demo.files.typeface import Typeface
from lantai.site.demo.invention import invent_name
from lantai.site.demo.parcels import PackageFiles, Parcel


def document_origin(seed: int, number: int, until: date) -> tuple[Body, date]:
    """Who issued document *number*, and when."""
    chance = random.Random(f"origin/{seed}/{number}")
    body = chance.choice([each for each in bodies().values() if "wenshu" in each.profiles])
    first = date(2023, 1, 9)
    day = first + timedelta(days=chance.randrange(max(1, (until - first).days - 20)))
    while day.weekday() > 4:
        day -= timedelta(days=1)
    return body, day


def document_sequence(seed: int, number: int, until: date) -> str:
    """What the names of all packages have in common among which this document's serial counts."""
    body, day = document_origin(seed, number, until)
    return f"{body.fonds}-WS-{day.year}"


def document_parcel(face: Typeface, seed: int, number: int, serial: int, *, until: date) -> Parcel:
    """An official document (文书) with its processing sheet."""
    chance = random.Random(f"document/{seed}/{number}")
    body, day = document_origin(seed, number, until)
    letter, tasks = _letter(chance, body, day, number)
    signer = demo_signer(body.name)
    files = PackageFiles(generic=False, stem=letter.kind)
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
                created=clock_time(at),
                digest_algorithm="SM3" if code == "W1" else "",
                digest=digest_bytes(content, ("sm3",))["sm3"] if code == "W1" else "",
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
    name = f"{body.fonds}-WS-{day.year}-{serial:06}"
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
        "archived_at": clock_time(at + timedelta(days=3)),
        "system": "云岭县电子公文系统 V5.0（Linux，达梦数据库）",
    }
    acts = [
        ProcessAct(step, action, who, clock_time(at + timedelta(minutes=minutes)), "党政机关公文处理工作条例", opinion)
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
