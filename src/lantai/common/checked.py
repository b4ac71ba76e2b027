"""The four natures (四性) of an examination as the check list shows them, in the reader's language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.utils.translation import get_language

from lantai.archival.checks import definitions
from lantai.archival.checks.register import NATURES
from lantai.common.components import CheckGroup, CheckLine

_WEIGHT = {"fail": 0, "warning": 1, "manual": 2, "pass": 3, "not-applicable": 4}


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check found: its code and verdict, the sentence and the advice in the reader's language, the place."""

    code: str
    verdict: str
    found: str = ""
    advice: str = ""
    path: str = ""


def check_groups(checked: Sequence[Checked]) -> list[CheckGroup]:
    """One group for each nature, what failed first; a check that found several things counts once."""
    known, english = definitions(), get_language() == "en"
    groups = []
    for nature, names in NATURES.items():
        mine = [each for each in checked if each.code in known and known[each.code].nature == nature]
        if not mine:
            continue
        worst = {
            code: min((each.verdict for each in found), key=lambda verdict: _WEIGHT.get(verdict, 0))
            for code, found in groupby(mine, key=lambda each: each.code)
        }
        applied = [verdict for verdict in worst.values() if verdict != "not-applicable"]
        groups.append(
            CheckGroup(
                name=names[1].capitalize() if english else names[0],
                state=min(worst.values(), key=lambda verdict: _WEIGHT.get(verdict, 0)),
                passed=applied.count("pass"),
                total=len(applied),
                lines=[
                    CheckLine(
                        code=each.code,
                        name=known[each.code].name_en if english else known[each.code].name_zh,
                        state=each.verdict,
                        found=each.found,
                        advice=each.advice,
                        path=each.path,
                    )
                    for each in sorted(mine, key=lambda each: _WEIGHT.get(each.verdict, 0))
                ],
            )
        )
    return groups
