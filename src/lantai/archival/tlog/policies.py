"""Trust policies (见证策略; C2SP tlog-policy): which logs, which witnesses, and how many of them make a quorum."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from lantai.archival.tlog.checkpoints import cosigned_at
from lantai.archival.tlog.keys import TEXT_KINDS, WITNESS_KINDS, NoteError, Verifier, parse_vkey

MOST_LINES = 1000


class PolicyError(ValueError):
    """A policy's text is malformed; the message names the line."""


@dataclass(frozen=True, slots=True)
class Group:
    """At least *least* of *members* (names of witnesses and groups)."""

    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """*witnesses* and *groups* by name; *quorum* is one of these names, or "none"."""

    logs: tuple[Verifier, ...]
    witnesses: Mapping[str, Verifier]
    groups: Mapping[str, Group]
    quorum: str

    def met_by(self, cosigned: Collection[str]) -> bool:
        """Whether the witnesses named *cosigned* make the quorum."""
        return self.quorum == "none" or self._counts(self.quorum, frozenset(cosigned))

    def cosigners(self, note: str) -> dict[str, int]:
        """The witnesses of the policy that cosigned *note*, and when (since 1970). Raises NoteError for a wrong one."""
        times = {name: cosigned_at(note, verifier) for name, verifier in self.witnesses.items()}
        return {name: time for name, time in times.items() if time is not None}

    def _counts(self, name: str, cosigned: frozenset[str]) -> bool:
        group = self.groups.get(name)
        if group is None:
            return name in cosigned
        return sum(self._counts(each, cosigned) for each in group.members) >= group.least


def parse_policy(text: str) -> Policy:
    """The policy written as *text*. Raises PolicyError."""
    logs: list[Verifier] = []
    witnesses: dict[str, Verifier] = {}
    groups: dict[str, Group] = {}
    quorum = ""
    used: set[str] = set()
    lines = text.split("\n")
    if len(lines) > MOST_LINES or any(ord(each) < 0x20 and each not in "\t\n" for each in text):
        raise PolicyError("a policy has at most 1,000 lines and no control characters")
    for number, line in enumerate(lines, 1):
        words = line.replace("\t", " ").split(" ")
        words = [each for each in words if each]
        if not words or words[0].startswith("#"):
            continue
        try:
            match words:
                case ["log", vkey] | ["log", vkey, _]:
                    logs.append(_key(vkey, TEXT_KINDS, logs))
                case ["witness", name, vkey] | ["witness", name, vkey, _]:
                    _fresh(name, witnesses, groups)
                    witnesses[name] = _key(vkey, WITNESS_KINDS, list(witnesses.values()))
                case ["group", name, least, *members] if members:
                    _fresh(name, witnesses, groups)
                    _known(members, witnesses, groups)
                    if used & set(members) or len(set(members)) != len(members):
                        raise PolicyError("a name is a member of one group only")
                    used |= set(members)
                    groups[name] = Group(_least(least, len(members)), tuple(members))
                case ["quorum", name] if not quorum:
                    if name != "none":
                        _known([name], witnesses, groups)
                    quorum = name
                case _:
                    raise PolicyError("not a line of a policy")
        except (PolicyError, NoteError) as error:
            raise PolicyError(f"line {number}: {error}") from error
    if not quorum:
        raise PolicyError("a policy has one quorum line")
    return Policy(tuple(logs), witnesses, groups, quorum)


def write_policy(*, logs: Sequence[Verifier], witnesses: Sequence[Sequence[Verifier]], least: int) -> str:
    """A policy that asks for *least* of *witnesses*, each given with all its keys; with 0 none is asked for.

    Any key of a witness will do. Raises ValueError unless 0 <= least <= number of witnesses.
    """
    if not 0 <= least <= len(witnesses):
        raise ValueError(f"{least} of {len(witnesses)} witnesses cannot be asked for")
    lines = [f"log {each.vkey()}" for each in logs]
    names = []
    for keys in witnesses:
        name = keys[0].name
        names.append(name)
        if len(keys) == 1:
            lines.append(f"witness {name} {keys[0].vkey()}")
            continue
        parts = [f"{name}#{each.key_id.hex()}" for each in keys]
        lines += [f"witness {part} {each.vkey()}" for part, each in zip(parts, keys, strict=True)]
        lines.append(f"group {name} any {' '.join(parts)}")
    if least:
        lines += [f"group witnesses {least} {' '.join(names)}", "quorum witnesses"]
    else:
        lines.append("quorum none")
    return "".join(f"{each}\n" for each in lines)


def _key(vkey: str, kinds: tuple[int, ...], others: Sequence[Verifier]) -> Verifier:
    verifier = parse_vkey(vkey)
    if verifier.kind not in kinds:
        raise PolicyError("a key of this kind does not stand here")
    if any(each.public_key == verifier.public_key for each in others):
        raise PolicyError("a key stands once")
    return verifier


def _fresh(name: str, witnesses: Mapping[str, Verifier], groups: Mapping[str, Group]) -> None:
    if name == "none" or name in witnesses or name in groups:
        raise PolicyError(f"the name {name} is taken")


def _known(names: Sequence[str], witnesses: Mapping[str, Verifier], groups: Mapping[str, Group]) -> None:
    for name in names:
        if name not in witnesses and name not in groups:
            raise PolicyError(f"nothing named {name} stands above")


def _least(word: str, members: int) -> int:
    if word in ("all", "any"):
        return members if word == "all" else 1
    if not word.isascii() or not word.isdecimal() or word.startswith("0") or int(word) > members:
        raise PolicyError(f"of {members} members {word} cannot be asked for")
    return int(word)
