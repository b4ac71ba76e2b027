"""How long the server takes for every page there is: each address by its name, as the first role that may see it."""

from __future__ import annotations

import http.client
import statistics
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

ROUNDS = 20
WARM = 2


@dataclass
class Walked:
    """The 95th percentile of each page in milliseconds, and the addresses for which no sample was given."""

    p95_ms: dict[str, float] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def walk(*, port: int, cookies: Mapping[str, str], samples: Mapping[str, object]) -> Walked:
    """Ask for every page ROUNDS times, one after the other.

    Args:
        cookies: a session for each role, the most trusted with records first.
        samples: what stands in addresses, by the name of the parameter (``code``, ``person_id`` ...), or by
            ``address:parameter`` where one address needs another.
    """
    from django.urls import get_resolver

    walked = Walked()
    names = sorted(each for each in get_resolver().reverse_dict if isinstance(each, str))
    for name in names:
        ((form, parameters), *_others), *_rest = get_resolver().reverse_dict.getlist(name)[0]
        given = {each: samples.get(f"{name}:{each}", samples.get(each)) for each in parameters}
        if None in given.values():
            walked.left_out.append(f"{name} {form}")
            continue
        path = "/" + form % given
        caller = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        cookie = next((each for each in cookies.values() if _is_page(caller, path, each)), None)
        if cookie is not None:
            walked.p95_ms[name] = _p95(caller, path, cookie)
    return walked


def _is_page(caller: http.client.HTTPConnection, path: str, cookie: str) -> bool:
    """Whether the address answers this role with a page; what only takes forms, gives files or sends on does not."""
    return _ask(caller, path, cookie)[:2] == (200, "text/html")


def _p95(caller: http.client.HTTPConnection, path: str, cookie: str) -> float:
    spent = [_ask(caller, path, cookie)[2] for _round in range(WARM + ROUNDS)][WARM:]
    return statistics.quantiles(spent, n=20)[-1]


def _ask(caller: http.client.HTTPConnection, path: str, cookie: str) -> tuple[int, str, float]:
    """Status, kind and milliseconds of one answer."""
    began = time.perf_counter()
    caller.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "gzip"})
    answer = caller.getresponse()
    answer.read()
    return answer.status, answer.getheader("Content-Type", "").partition(";")[0], (time.perf_counter() - began) * 1000
