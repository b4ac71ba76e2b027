"""Materials that running cases lack (在办缺材料): due by the nodes a case has reached, and not among those its body
says it holds. Known before any package comes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from lantai.administration.queries import fonds_codes, organisations_by_id, rule_pack
from lantai.archival.checks import RulePack, rules_in_force, unmet_rules
from lantai.archival.checks.pack import MaterialRule
from lantai.archival.packages import Material
from lantai.ingest.models import CaseProgress, CollectionRule, HandledCase

ACCEPTED = "受理"
"""The node from which a case goes by the rules of its day; without it, the first node is taken."""
AT_ONCE = 500
_STAGES = {"1": "A", "2": "B0", "3": "C"}
"""Stage code of a material whose department names none, by the type of the rule that asks for it."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """One rule whose materials are due and not there: its code and type, the names of what is missing, until when."""

    rule: str
    material_type: str
    names: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Collecting:
    """What tells which materials of which cases are due, read once for some bodies: the rules of collecting, the rule
    pack, and of each body its region and fonds."""

    rules: Mapping[tuple[int | None, str, str], CollectionRule]
    pack: RulePack
    regions: Mapping[int, str]
    fonds: Mapping[int, str]

    def rule_for(self, organisation_id: int, item_code: str, material_type: str) -> CollectionRule | None:
        """The rule for materials of a type: of body and item, else of the item, else of the body, else for all."""
        places = [(organisation_id, item_code), (None, item_code)] if item_code else []
        places += [(organisation_id, ""), (None, "")]
        found = (self.rules.get((*each, material_type)) for each in places)
        return next((each for each in found if each is not None), None)


def collecting_for(*, organisation_ids: Collection[int], now: datetime) -> Collecting:
    """What holds now for these bodies; a handful of queries. A body with several fonds is judged by the first."""
    day = timezone.localdate(now)
    rules = CollectionRule.objects.filter(
        Q(organisation_id=None) | Q(organisation_id__in=organisation_ids),
        Q(valid_to=None) | Q(valid_to__gte=day),
        valid_from__lte=day,
    ).order_by("valid_from", "pk")
    return Collecting(
        rules={(each.organisation_id, each.item_code, each.material_type): each for each in rules},
        pack=rule_pack(at=now),
        regions={each.id: each.region_code for each in organisations_by_id(ids=organisation_ids).values()},
        fonds={body: min(codes) for body, codes in fonds_codes(organisation_ids=organisation_ids).items()},
    )


def note_awaited(*, cases: Sequence[HandledCase], now: datetime) -> None:
    """Set what each of *cases* lacks; the caller saves ``awaited``, ``awaited_on`` and ``awaited_by``. A case whose
    package came lacks nothing any more: its examination says more than its progress.
    """
    waiting = [each for each in cases if each.submission_id is None]
    nodes = _nodes_of(waiting)
    collecting = collecting_for(organisation_ids={each.organisation_id for each in waiting}, now=now)
    for each in cases:
        reached = nodes.get((each.organisation_id, each.case_number), [])
        told = each.submission_id is None and any(node.materials is not None for node in reached)
        found = awaited_of(case=each, nodes=reached, collecting=collecting) if told else []
        each.awaited = [[one.rule, one.material_type, one.names, one.due_on.isoformat()] for one in found]
        each.awaited_on = min((one.due_on for one in found), default=None)
        each.awaited_by = collecting.pack.label[:80] if told else ""


def _nodes_of(cases: Sequence[HandledCase]) -> dict[tuple[int, str], list[CaseProgress]]:
    found: dict[tuple[int, str], list[CaseProgress]] = {}
    for each in CaseProgress.objects.filter(case_number__in=[case.case_number for case in cases]).order_by("at", "pk"):
        found.setdefault((each.organisation_id, each.case_number), []).append(each)
    return found


def awaited_of(*, case: HandledCase, nodes: Sequence[CaseProgress], collecting: Collecting) -> list[Awaited]:
    """What is due of *case* by the nodes it reached and is not held, in the order of the rules.

    Only rules count whose conditions ask for nothing but the item, fonds and region: more is not known of a case on its
    way, and nobody is asked for what may not be needed.
    """
    body = case.organisation_id
    known = {
        "item_code": case.item_code,
        "item_name": case.item_name,
        "fonds_code": collecting.fonds.get(body, ""),
        "region_code": collecting.regions.get(body, ""),
    }
    accepted = next((each.at for each in nodes if each.node == ACCEPTED), nodes[0].at)
    force = rules_in_force(
        collecting.pack,
        item=case.item_code,
        region=known["region_code"],
        unit=known["fonds_code"],
        accepted=timezone.localdate(accepted).isoformat(),
    )
    judged = [rule for rule in force.rules if all(each.element in known for each in rule.when)]
    told = [(code, name) for each in nodes for code, name in each.materials or ()]
    found = []
    for rule in judged:
        due_on = _due(rule, case, nodes, collecting)
        if due_on is None:
            continue
        held = [_held(code or _STAGES.get(rule.type, ""), name) for code, name in told]
        for _unmet, lacking in unmet_rules([rule], held, known):
            found.append(Awaited(rule.code, rule.type, "、".join(lacking)[:200], due_on))
    return found


def _held(code: str, name: str) -> Material:
    return Material("", "", code, "", name, name, path=name)


def _due(rule: MaterialRule, case: HandledCase, nodes: Sequence[CaseProgress], collecting: Collecting) -> date | None:
    """Until when the materials of *rule* are to be there; None while the case has not come to a node that asks for
    them."""
    within = collecting.rule_for(case.organisation_id, case.item_code, rule.type)
    if within is None:
        return None
    reached = next((each.at for each in nodes if {each.node, each.state} & set(within.nodes)), None)
    return timezone.localdate(reached) + timedelta(days=within.days) if reached else None


def judge_running_cases(*, now: datetime) -> int:
    """Judge again what cases without package lack where another rule pack is in force than they were judged by; at most
    ``AT_ONCE`` a call. Returns how many."""
    label = rule_pack(at=now).label[:80]
    stale = HandledCase.objects.filter(submission=None).exclude(awaited_by__in=["", label]).order_by("pk")
    cases = list(stale[:AT_ONCE])
    if cases:
        note_awaited(cases=cases, now=now)
        HandledCase.objects.bulk_update(cases, ["awaited", "awaited_on", "awaited_by"])
    return len(cases)
