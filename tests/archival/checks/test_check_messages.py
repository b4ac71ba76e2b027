"""One catalogue: every reason in both languages, every sentence complete, every problem of reading known by name."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from string import Formatter

import pytest

import lantai.archival
from lantai.archival.checks import Finding, Holdings, RulePack, advice, definitions, examine, message, report
from lantai.archival.checks.faults import STATES, Fault
from lantai.archival.checks.messages import catalogue, check_of_problem
from lantai.archival.packages import Package, Problem, Profile

ARCHIVAL = Path(lantai.archival.__file__).parent
FAMILIES = {"type-{}", "digit-{}", "key-{}", "material-{}"}


def reasons_in_code() -> set[str]:
    """Every reason the checks may give, read from their source; families like ``type-...`` end in ``{}``."""
    found = set()
    for source in [*(ARCHIVAL / "checks").glob("*_checks.py"), ARCHIVAL / "checks" / "examination.py"]:
        for call in ast.walk(ast.parse(source.read_text("utf-8"))):
            if not isinstance(call, ast.Call) or len(call.args) < 2:
                continue
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            if (
                name in ("fail", "warn", "manual", "not_applicable")
                or isinstance(call.func, ast.IfExp)
                or name == "told"
            ):
                found |= _texts(call.args[1])
    return found


def _texts(argument: ast.expr) -> set[str]:
    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
        return {argument.value}
    if isinstance(argument, ast.IfExp):
        return _texts(argument.body) | _texts(argument.orelse)
    if isinstance(argument, ast.JoinedStr):
        return {"".join(str(each.value) if isinstance(each, ast.Constant) else "{}" for each in argument.values)}
    return set()


def test_every_reason_is_in_the_catalogue_and_none_is_idle() -> None:
    reasons = reasons_in_code()
    assert len(reasons) > 100
    families = {each for each in reasons if each.endswith("{}")} | {"key-{}"}
    assert families == FAMILIES
    described = {key for key in catalogue() if "." not in key} - {"looked"}
    of_families = {key for key in described if any(key.startswith(each[:-2]) for each in FAMILIES)}
    assert reasons - families <= described
    assert described - of_families <= reasons
    for family in FAMILIES:
        assert any(key.startswith(family[:-2]) for key in described), family


def test_every_sentence_is_there_in_both_languages() -> None:
    for key, row in catalogue().items():
        assert row["zh"].strip() and row["en"].strip(), key
        assert re.search("[\u4e00-\u9fff]", row["zh"]) and not re.search("[\u4e00-\u9fff]", row["en"]), key
        assert ("advice_zh" in row) == ("advice_en" in row), key
        fields = [{name for _, name, _, _ in Formatter().parse(row[each]) if name} for each in ("zh", "en")]
        assert fields[0] == fields[1], key


def test_every_problem_of_reading_is_known_by_name_and_leads_to_a_check() -> None:
    sources = [
        *(ARCHIVAL / "packages").glob("*.py"),
        *(ARCHIVAL / "bagit").glob("*.py"),
        *(ARCHIVAL / "checks").glob("sandbox.py"),
    ]
    pattern = re.compile(r'"((?:name|entry|container|xml|metadata|bag|parser|medium)\.[a-z-]+)"')
    codes = {code for each in sources for code in pattern.findall(each.read_text("utf-8"))}
    assert len(codes) > 40
    assert codes - set(catalogue()) == set()
    assert {check_of_problem(each) for each in codes} <= set(definitions())
    assert check_of_problem("zip.never-heard-of") == "GD-3-7"
    assert check_of_problem("nonsense") == "GD-3-7"


def complete(finding: Finding) -> None:
    """The finding's sentences in both languages, with every place of the template filled."""
    row = catalogue()[finding.reason]
    wanted = {name for _, name, _, _ in Formatter().parse(row["zh"]) if name} - {"looked"}
    assert wanted <= {*finding.values, "path"}, finding
    if "path" in wanted:
        assert finding.path, finding
    for language in ("zh", "en"):
        assert "{" not in message(finding, language)  # type: ignore[arg-type]
        if finding.verdict in ("fail", "warning", "manual"):
            assert advice(finding, language), finding  # type: ignore[arg-type]


def test_every_finding_of_the_library_says_what_where_and_why(
    read_library: list[tuple[Fault, Package, Holdings]], sound: Package, profile: Profile, pack: RulePack
) -> None:
    runs = [(package, holdings) for _, package, holdings in read_library] + [(sound, each.holdings) for each in STATES]
    for package, holdings in runs:
        for finding in examine(package, profile=profile, pack=pack, holdings=holdings).findings:
            complete(finding)


@pytest.mark.parametrize("code", ["name.traversal", "xml.malformed", "parser.crashed", "made.up"])
def test_a_problem_becomes_a_finding_of_its_check_alone(code: str, profile: Profile, pack: RulePack) -> None:
    package = Package("p", "zip", "fuzhou", 1, problems=(Problem(code, "a.xml", "why", fatal=True),))
    findings = examine(package, profile=profile, pack=pack, holdings=Holdings()).findings
    own = [each for each in findings if each.code == check_of_problem(code)]
    assert [(each.verdict, each.reason) for each in own] == [("fail", code)]
    told = message(own[0], "zh")
    assert "a.xml" in told
    assert "why" in told or "{detail}" not in catalogue().get(code, {}).get("zh", "")


def test_values_of_elements_do_not_leave_with_a_problem(profile: Profile, pack: RulePack) -> None:
    problem = Problem("metadata.duplicate-element", "b.xml", "line 7: contacted_card = 110101199003070000")
    package = Package("p", "zip", "fuzhou", 1, problems=(problem,))
    data = str(report(examine(package, profile=profile, pack=pack, holdings=Holdings()), package))
    assert "line 7" in data and "19900307" not in data
