"""真实性: checks of fixing information, content and package (GD-1-1, GD-1-7 to GD-1-14)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from lantai.archival.checks.conditions import holds
from lantai.archival.checks.metadata_checks import shown
from lantai.archival.checks.model import Finding, Holdings
from lantai.archival.checks.pack import KeyRule, RulePack
from lantai.archival.checks.scheme import Scheme, rule_values, scheme_of
from lantai.archival.checks.verdicts import check, fail, manual, not_applicable, passed, warn
from lantai.archival.codes import CodeError, normalise_code, parse_code
from lantai.archival.packages.model import Component, Material, Package
from lantai.archival.packages.profile import Profile

# Length of a digest in hexadecimal characters; weak ones are reported, not broken by themselves.
DIGEST_LENGTHS = {"sm3": 64, "sha256": 64, "sha512": 128, "sha384": 96, "sha1": 40, "md5": 32}
_BETWEEN = "\u241f"
WEAK = frozenset({"sha1", "md5"})


def digest_algorithm(text: str) -> str:
    """Our name for a digest algorithm however it is written (``SHA-256``, ``SM3``, ``sha_512``)."""
    return text.strip().lower().replace("-", "").replace("_", "")


@check("GD-1-1")
def fixing_information(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """Fixing information (固化信息) is there and sound: the digest of the hand-over list as such, digests declared for
    files, signatures and seals inside files. Whether the package equals the one sent is GD-1-14."""
    code = "GD-1-1"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    findings = [*_source_faults(package, holdings), *_list_digest_faults(package), *_file_digest_faults(package)]
    unread = [each.path for each in package.components if each.facts is None]
    signatures = 0
    for component in package.components:
        if component.facts is not None and component.facts.signatures:
            signatures += len(component.facts.signatures)
            findings.extend(_signature_faults(component))
    if findings:
        return findings
    # The manifests of a bag were compared in reading; what disagrees is a problem of the package.
    declared = sum(1 for each in package.materials if each.digest) or (package.container == "bag") * len(
        package.components
    )
    has_list = package.handover is not None and bool(package.handover.digest)
    if unread:
        return [not_applicable(code, "ground-facts", unread[0], count=len(unread))]
    if not (has_list or declared or signatures):
        return [warn(code, "no-fixing-information")]
    return passed(code, list=int(has_list), declared=declared, signatures=signatures)


def _source_faults(package: Package, holdings: Holdings) -> Iterator[Finding]:
    if "source_registered" in holdings.known and holdings.source_registered is False:
        yield fail("GD-1-1", "source-unregistered")


def _list_digest_faults(package: Package) -> Iterator[Finding]:
    line = package.handover
    if line is None or not line.digest:
        return
    algorithm = digest_algorithm(line.digest_algorithm)
    length = DIGEST_LENGTHS.get(algorithm)
    if length is None:
        yield fail("GD-1-1", "algorithm-unknown", package.name, algorithm=line.digest_algorithm or "-")
    elif len(line.digest.strip()) != length or set(line.digest.strip().lower()) - set("0123456789abcdef"):
        yield fail("GD-1-1", "digest-malformed", package.name, algorithm=line.digest_algorithm, found=line.digest[:40])
    elif algorithm in WEAK:
        yield warn("GD-1-1", "algorithm-weak", package.name, algorithm=line.digest_algorithm)


def _file_digest_faults(package: Package) -> Iterator[Finding]:
    declared = [each for each in package.materials if each.digest and each.path]
    if not declared:
        return
    components = {each.path: each for each in package.components}
    for material in declared:
        component = components.get(material.path)
        real = component.digests.get(digest_algorithm(material.digest_algorithm)) if component else None
        if real is None:
            yield warn("GD-1-1", "digest-not-compared", material.path, algorithm=material.digest_algorithm or "-")
        elif real != material.digest.strip().lower():
            yield fail(
                "GD-1-1",
                "file-digest",
                material.path,
                algorithm=material.digest_algorithm,
                expected=material.digest[:16],
                found=real[:16],
            )


def _signature_faults(component: Component) -> Iterator[Finding]:
    for each in component.facts.signatures if component.facts else ():
        told = {"kind": each.kind, "signer": each.signer or "-", "detail": each.reason or "-"}
        if each.verdict == "invalid":
            yield fail("GD-1-1", "signature-broken", component.path, **told)
        elif each.verdict == "unjudged":
            yield warn("GD-1-1", "signature-unverified", component.path, **told)
        elif each.verdict == "untrusted":
            yield warn("GD-1-1", "signature-untrusted", component.path, **told)


@check("GD-1-7")
def archive_codes(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The record's numbers follow their rule and agree with the metadata they repeat: 电子文件号 by the profile's
    grammar, 档号 by the rule of its category where the department gives one."""
    code = "GD-1-7"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    scheme = scheme_of(profile, pack)
    looked: list[str] = []
    findings = [*_record_code_faults(package.metadata, scheme, looked), *_archive_code_faults(package, scheme, looked)]
    if findings:
        return findings
    if not looked:
        return [not_applicable(code, "no-code")]
    return passed(code, codes="、".join(looked))


def _record_code_faults(metadata: Mapping[str, str], scheme: Scheme, looked: list[str]) -> Iterator[Finding]:
    tag = scheme.profile.package_name_element
    value = metadata.get(tag, "").strip()
    if not tag or not value:
        return
    looked.append(value)
    parts = scheme.profile.parse_name(value)
    if parts is None:
        yield fail("GD-1-7", "record-code-form", tag, found=value, form=scheme.profile.package_name_form or "-")
        return
    for name, part in parts.items():
        other = metadata.get(name, "").strip()
        if other and part and other != part:
            yield fail(
                "GD-1-7", "record-code-disagrees", tag, found=value, part=part, **scheme.named(name), other=other
            )


def _archive_code_faults(package: Package, scheme: Scheme, looked: list[str]) -> Iterator[Finding]:
    if not scheme.codes:
        return
    values = rule_values(scheme.profile, package.metadata)
    line = package.handover.values if package.handover else {}
    for entry, rule in zip(scheme.pack.codes, scheme.codes, strict=True):
        value = values.get(entry.element, "").strip() or line.get(entry.element, "").strip()
        if not value or not holds(entry.when, values):
            continue
        looked.append(value)
        try:
            parts = parse_code(rule, normalise_code(value))
        except CodeError as fault:
            told = {"rule": rule.structure, "detail": fault.problem.sentence("zh")}
            told["detail_en"] = fault.problem.sentence("en")
            yield fail("GD-1-7", "archive-code-form", scheme.tag(entry.element), found=value, **told)
            continue
        for name, element in entry.agrees.items():
            other = values.get(element, "").strip()
            if other and name in parts and not other.startswith(parts[name]):
                told = {"part": parts[name], **scheme.named(element), "other": other}
                yield fail("GD-1-7", "archive-code-disagrees", scheme.tag(entry.element), found=value, **told)


def key_values(package: Package, *, profile: Profile, pack: RulePack) -> dict[str, str]:
    """What the key rules of *pack* say identifies this package: rule code to value, without empty ones. The archive
    asks with them for ``Holdings.key_values``."""
    scheme = scheme_of(profile, pack)
    found = {each.code: _key(each, package.metadata, scheme) for each in pack.keys}
    return {code: value for code, value in found.items() if value}


def _key(rule: KeyRule, metadata: Mapping[str, str], scheme: Scheme) -> str:
    values = [scheme.value(metadata, each) for each in rule.elements]
    return _BETWEEN.join(values) if all(values) else ""


@check("GD-1-8")
def duplicates(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The keys the archive chose (电子文件号, 档号, 文号, 题名 ...) are unique in archive and batch; no file is
    listed twice."""
    code = "GD-1-8"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    scheme = scheme_of(profile, pack)
    findings = list(_listed_twice(package))
    record = package.metadata.get(profile.package_name_element, "").strip()
    if record and record in holdings.record_codes and record != holdings.replaces:
        findings.append(fail(code, "record-known", profile.package_name_element, found=record))
    if not package.digests.keys().isdisjoint(("sha512", "sha256", "sm3")) and any(
        each in holdings.package_digests for each in package.digests.values()
    ):
        findings.append(fail(code, "package-known", package.name))
    for rule in pack.keys:
        value = _key(rule, package.metadata, scheme)
        if value and value in holdings.key_values.get(rule.code, frozenset()):
            told = {"key": rule.name_zh, "key_en": rule.name_en, "found": value.replace(_BETWEEN, " + ")}
            reason = f"key-{rule.severity}"
            findings.append((fail if rule.severity != "note" else warn)(code, reason, rule.elements[0], **told))
    if findings:
        return findings
    if "record_codes" not in holdings.known:
        return [not_applicable(code, "offline-records")]
    return passed(code, keys=len(pack.keys) + 1)


def _listed_twice(package: Package) -> Iterator[Finding]:
    places = Counter((each.folder, each.declared_path) for each in package.materials if each.declared_path)
    for (folder, path), count in places.items():
        if count > 1:
            yield fail("GD-1-8", "file-listed-twice", f"{folder}/{path}" if folder else path, count=count)


@check("GD-1-9")
def content_agrees(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """What the metadata say of title, applicant and document number stands in the text of the files."""
    code = "GD-1-9"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    scheme = scheme_of(profile, pack)
    natures = {each.path: each.nature for each in package.materials if each.path}
    texts = {
        each.path: "".join(each.facts.text.split())
        for each in package.components
        if each.path in natures and each.facts is not None and each.facts.text
    }
    if not texts:
        return [manual(code, "no-text")]
    findings = []
    looked = 0
    for rule in pack.texts:
        value = "".join(scheme.value(package.metadata, rule.element).split())
        chosen = [text for path, text in texts.items() if not rule.natures or natures[path] in rule.natures]
        if not value or not chosen:
            continue
        looked += 1
        if not any(value in text for text in chosen):
            tag = scheme.tag(rule.element)
            told = {**scheme.named(rule.element), "found": shown(scheme.by_tag.get(tag), value)}
            findings.append(warn(code, "not-in-text", tag, files=len(chosen), **told))
    if findings:
        return findings
    return passed(code, values=looked, files=len(texts)) if looked else [manual(code, "no-text")]


@check("GD-1-11")
def content_linked(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The record leads to at least one file, and each file lies in the folder its list says (存储位置)."""
    code = "GD-1-11"
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    linked = [each for each in package.materials if each.path]
    if not linked:
        return [fail(code, "no-file-linked", count=len(package.materials))]
    findings = [
        fail(code, "other-place", each.path, folder=each.folder, found=each.path.rpartition("/")[0] or "/")
        for each in linked
        if each.folder and "/" in each.path and not _lies_in(each)
    ]
    return findings or passed(code, files=len(linked))


def _lies_in(material: Material) -> bool:
    return material.folder in material.path.split("/")[:-1] or material.path.startswith(material.folder + "/")


@check("GD-1-12")
def description_files(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The description file (说明文件: base and process metadata) and the directory (目录文件: list of files) are
    there."""
    code = "GD-1-12"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    if any(each.code == "metadata.missing" for each in package.problems):
        return [not_applicable(code, "ground-description")]
    findings = []
    if "base" not in package.metadata_paths:
        findings.append(fail(code, "no-base", expected="、".join(profile.base.files)))
    elif package.metadata and not package.materials:
        findings.append(fail(code, "no-list", package.metadata_paths["base"], expected=profile.base.list))
    if "process" not in package.metadata_paths and profile.process.required:
        findings.append(fail(code, "no-process", expected="、".join(profile.process.files)))
    if findings:
        return findings
    if not package.metadata:
        return [not_applicable(code, "ground-metadata")]
    return passed(code, files="、".join(package.metadata_paths.values()))


@check("GD-1-13")
def layout(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The package is called by its number and laid out as the profile draws it: its folders and no others."""
    code = "GD-1-13"
    if not package.components:
        return [not_applicable(code, "ground-content")]
    findings = []
    if package.container not in profile.containers:
        findings.append(
            fail(
                code, "container", package.name, found=package.container, expected="、".join(sorted(profile.containers))
            )
        )
    expected = package.metadata.get(profile.package_name_element, "").strip()
    if expected and package_stem(package.name) != expected:
        findings.append(fail(code, "package-name", package.name, expected=expected))
    known = {each.name for each in profile.folders}
    root = package.root
    inside = [each.path.removeprefix(root) for each in package.components]
    tops = {each.partition("/")[0] for each in inside if "/" in each}
    tops.update(each.removeprefix(root).partition("/")[0] for each in package.folders if each.startswith(root))
    if known:
        findings.extend(
            fail(code, "folder-unknown", each, expected="、".join(each.name for each in profile.folders))
            for each in sorted(tops - known)
        )
        findings.extend(
            fail(code, "folder-missing", each.name)
            for each in profile.folders
            if each.required and each.name not in tops
        )
    return findings or passed(code, folders=len(tops), name=package.name)


def package_stem(name: str) -> str:
    """A package's name without the ending of its container."""
    lower = name.lower()
    for ending in (".tar.gz", ".zip", ".tar", ".tgz", ".eep"):
        if lower.endswith(ending):
            return name[: -len(ending)]
    return name


@check("GD-1-14")
def same_as_sent(package: Package, profile: Profile, pack: RulePack, holdings: Holdings) -> list[Finding]:
    """The digest of the package received is the digest the hand-over list gives."""
    code = "GD-1-14"
    line = package.handover
    if line is None:
        return [not_applicable(code, "no-handover")]
    if not line.digest:
        return [fail(code, "no-digest", package.name)]
    algorithm = digest_algorithm(line.digest_algorithm)
    real = package.digests.get(algorithm)
    if real is None:
        return [not_applicable(code, "digest-not-computed", package.name, algorithm=line.digest_algorithm or "-")]
    if real != line.digest.strip().lower():
        told = {"algorithm": line.digest_algorithm, "expected": line.digest[:16], "found": real[:16]}
        return [fail(code, "package-digest", package.name, **told)]
    return passed(code, algorithm=line.digest_algorithm, found=real)
