"""How long the server takes for every page there is: each address by its name, as the first role that may see it."""

from __future__ import annotations

import http.client
import re
import statistics
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape

ROUNDS = 20
WARM = 2
LOOKS = 400
"""Pages at most that one role's links are followed over, to find an example of each address."""
SAME = 3
"""Pages of one address whose links are followed: the first may be an empty one."""
_LINK = re.compile(r'(?:href|action)="(/[^"#]*)')


@dataclass
class Walked:
    """The 95th percentile of each page in milliseconds, and the addresses for which no sample was given."""

    p95_ms: dict[str, float] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def walk(*, port: int, cookies: Mapping[str, str], samples: Mapping[str, object]) -> Walked:
    """Ask for every page ROUNDS times, one after the other.

    Args:
        cookies: a session for each role, the most trusted with records first.
        samples: what stands in addresses, by the name of the parameter (``code``, ``person_id`` ...); what it does not
            give is found by following the links of pages as people do.
    """
    from django.urls import get_resolver

    walked = Walked()
    caller = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    linked: dict[str, list[tuple[str, str]]] = {}
    for cookie in cookies.values():
        for name, path in _linked(caller, cookie):
            linked.setdefault(name, []).append((path, cookie))
    for name in sorted(each for each in get_resolver().reverse_dict if isinstance(each, str)):
        ((form, parameters), *_others), *_rest = get_resolver().reverse_dict.getlist(name)[0]
        given = {each: samples.get(each) for each in parameters}
        ways = list(linked.get(name, []))
        if None not in given.values():
            ways += [("/" + form % given, each) for each in cookies.values()]
        if not ways:
            walked.left_out.append(f"{name} {form}")
        for path, cookie in ways[:20]:
            if _is_page(caller, path, cookie):
                walked.p95_ms[name] = _p95(caller, path, cookie)
                break
    return walked


def p95_of(*, port: int, path: str, cookie: str) -> float:
    """The 95th percentile of one page in milliseconds."""
    return _p95(http.client.HTTPConnection("127.0.0.1", port, timeout=30), path, cookie)


def _linked(caller: http.client.HTTPConnection, cookie: str) -> list[tuple[str, str]]:
    """Addresses this reader can come to by links, each with the name of its pattern."""
    from django.urls import Resolver404, resolve

    found: list[tuple[str, str]] = []
    waiting, seen, looked = deque(["/"]), {"/"}, dict[str, int]()
    for _look in range(LOOKS):
        if not waiting:
            break
        for each in _LINK.findall(_page(caller, waiting.popleft(), cookie)):
            path = unescape(each).partition("?")[0]
            if path in seen or path.startswith("/static/"):
                continue
            seen.add(path)
            try:
                name = resolve(path).url_name or ""
            except Resolver404:
                continue
            found.append((name, path))
            looked[name] = looked.get(name, 0) + 1
            if looked[name] <= SAME and name != "sign-out":
                waiting.append(path)
    return found


def _page(caller: http.client.HTTPConnection, path: str, cookie: str) -> str:
    """The text of a page; that of the page it sends on to; nothing of what is no page."""
    for _hop in range(3):
        caller.request("GET", path, headers={"Cookie": cookie, "Accept": "text/html"})
        answer = caller.getresponse()
        body = answer.read()
        if answer.status not in (301, 302):
            break
        path = answer.getheader("Location", "/")
    is_page = answer.status == 200 and answer.getheader("Content-Type", "").startswith("text/html")
    return body.decode() if is_page else ""


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
