"""How much work are the pages of what departments owe, with hundreds of thousands of handled cases?

Cases by seed: four of five have a package in the archive, a hundredth each is returned or lacks material, the rest is
closed and not handed over, or still running, a third of those with materials missing. Every page is asked for by an
archivist and by a department; ``…_cpu_ms`` is the processor time of the quickest of five answers, ``queries`` the most
database queries of any. Beside them lie as many records as an archive of a county has.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.ingest import fill
from bench.packages import BODY, bench_county_data
from bench.pages import sign_in
from bench.report import Bar, arguments, finish, lantai_home, say

BODIES, ITEMS, DAYS, TURNS = 30, 100, 60, 5
PAGES = {
    "figures": "/handover/",
    "closed": "/handover/cases/?state=closed",
    "overdue": "/handover/cases/?state=overdue",
    "next_page": "/handover/cases/?state=overdue&page=2",
    "missing": "/handover/cases/?state=missing",
    "rejected": "/handover/cases/?state=rejected",
    "awaited": "/handover/cases/?state=awaited",
    "running": "/handover/cases/?state=running",
    "corrections": "/corrections/",
}


def make_cases(number: int) -> None:
    """Bodies and *number* cases with their packages and corrections."""
    from django.db import transaction
    from django.utils import timezone

    from lantai.administration.models import Organisation
    from lantai.ingest.models import CorrectionRequest, HandledCase, Submission

    now, chance = timezone.now(), random.Random(20261122)
    sent, back = number * 4 // 5, number // 100
    with transaction.atomic():
        bodies = Organisation.objects.bulk_create(
            [Organisation(code=f"C{each:02}", name=f"第{each}局", region_code="331199") for each in range(BODIES)]
        )
        packages = Submission.objects.bulk_create(
            [
                Submission(
                    record_code=f"S{each:025}",
                    organisation_id=bodies[each % BODIES].pk,
                    channel="http",
                    state="accessioned" if each < sent - 2 * back else "rejected" if each < sent - back else "examined",
                    name=f"{each}.zip",
                    profile="generic",
                    declared_size=1,
                    created_at=now,
                )
                for each in range(sent)
            ],
            batch_size=1000,
        )
        CorrectionRequest.objects.bulk_create(
            [
                CorrectionRequest(submission=each, by="bench", asked_at=now, due_on=now.date())
                for each in packages
                if each.state == "rejected"
            ],
            batch_size=1000,
        )
        HandledCase.objects.bulk_create(
            [_case(each, bodies, packages, number, chance, now) for each in range(number)], batch_size=1000
        )
    say(f"{number:,} cases, {number - sent:,} without package, {back:,} returned")


def _case(each: int, bodies: Any, packages: Any, number: int, chance: random.Random, now: Any) -> Any:
    from lantai.ingest.models import HandledCase

    package = packages[each] if each < len(packages) else None
    closed = now - timedelta(days=chance.randint(0, DAYS)) if each < number * 37 // 40 else None
    awaited = package is None and closed is None and each % 3 == 0
    item = each // BODIES % ITEMS
    return HandledCase(
        organisation_id=bodies[each % BODIES].pk,
        case_number=f"YL{each:09}",
        item_code=f"01190{item:05}",
        item_name=f"第{item}项行政许可",
        title=f"第{each}号办件",
        node="办结" if closed else "受理",
        node_at=now,
        closed_at=closed,
        due_on=(closed + timedelta(days=20)).date() if closed else None,
        submission=package,
        lacking=package is not None and package.state == "examined",
        awaited=[["I1", "1", "营业执照", now.date().isoformat()]] if awaited else [],
        awaited_on=now.date() + timedelta(days=each % 40 - 20) if awaited else None,
        awaited_by="bench" if awaited else "",
    )


def ask(cookie: str, path: str) -> tuple[float, int]:
    """Milliseconds of processor time of the quickest answer, and how many queries it took."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"cookie": cookie})
    spent, queries = [], 0
    for _turn in range(TURNS):
        with CaptureQueriesContext(connection) as asked:
            began = time.process_time()
            answer = client.get(path)
            spent.append((time.process_time() - began) * 1000)
        if answer.status_code != 200:
            raise SystemExit(f"{answer.status_code} {path}")
        queries = len(asked)
    return min(spent), queries


def main() -> int:
    """Fill, ask for every page as two people, tell the most any of them took."""
    options = arguments(__doc__ or "")
    records, cases = (2_000, 20_000) if options.quick else (20_000, 200_000)
    with lantai_home(options.folder):
        from django.conf import settings
        from django.core.management import call_command
        from django.utils import timezone

        from lantai.administration.models import Organisation, Role
        from lantai.administration.services import load_reference_data
        from lantai.administration.services.people_access import CONSOLE
        from lantai.common.translations import compile_translations

        settings.ALLOWED_HOSTS = ["testserver"]
        compile_translations()
        call_command("collectstatic", verbosity=0, interactive=False)
        load_reference_data(data=bench_county_data(), by=CONSOLE, now=timezone.now())
        fill(records, Organisation.objects.get(code=BODY).pk, 1)
        make_cases(cases)
        figures, most = {"records": float(records), "cases": float(cases)}, 0
        for who, cookie in zip(("archivist", "department"), sign_in([Role.ARCHIVIST, Role.DEPARTMENT]), strict=True):
            for name, path in PAGES.items():
                spent, queries = ask(cookie, path)
                figures[f"{who}_{name}_cpu_ms"] = round(spent, 1)
                most = max(most, queries)
        figures["slowest_cpu_ms"] = max(value for name, value in figures.items() if name.endswith("_cpu_ms"))
        figures["queries"] = float(most)
    return finish(
        question="How much work are the pages of what departments owe, with hundreds of thousands of handled cases?",
        figures=figures,
        bars=[Bar("slowest_cpu_ms", 100, at_least=False), Bar("queries", 12, at_least=False)],
    )


if __name__ == "__main__":
    sys.exit(main())
