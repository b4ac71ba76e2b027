"""Read a table of untrusted data value by value, noting every fault with its place."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any, TypeVar, overload

Choice = TypeVar("Choice", bound=str)


class Reader:
    """One table of the data. Every read notes what is wrong and returns something usable, so that `finish` can tell
    all faults at once, among them the keys nobody asked for."""

    def __init__(self, data: Mapping[str, Any], place: str = "", faults: list[str] | None = None) -> None:
        self._data = data
        self._place = place
        self._faults: list[str] = [] if faults is None else faults
        self._asked: set[str] = set()
        self._children: list[Reader] = []

    def finish(self) -> tuple[str, ...]:
        """Every fault met, with the unknown keys of this table and of all read below it."""
        self._note_unknown()
        return tuple(self._faults)

    def text(self, key: str, *, required: bool = False, default: str = "") -> str:
        value = self._get(key, required)
        if value is None:
            return default
        if not isinstance(value, str) or (required and not value.strip()):
            self._fault(key, "must be text" if not isinstance(value, str) else "must not be empty")
            return default
        return value

    def flag(self, key: str, *, default: bool = False) -> bool:
        value = self._get(key, False)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self._fault(key, "must be true or false")
        return default

    def count(self, key: str) -> int:
        value = self._get(key, False)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            self._fault(key, "must be a whole number, 0 or more")
            return 0
        return value

    def pattern(self, key: str) -> re.Pattern[str] | None:
        text = self.text(key)
        if not text:
            return None
        try:
            # ASCII: a digit is 0 to 9, not the full-width ones too.
            return re.compile(text, re.ASCII)
        except re.error as error:
            self._fault(key, f"is not a regular expression: {error}")
            return None

    @overload
    def choice(self, key: str, among: tuple[Choice, ...], *, default: Choice) -> Choice: ...
    @overload
    def choice(self, key: str, among: frozenset[str], *, default: str) -> str: ...
    def choice(self, key: str, among: Collection[str], *, default: str) -> str:
        value = self.text(key, default=default)
        if value not in among:
            self._fault(key, f"must be one of {', '.join(sorted(filter(None, among)))}")
            return default
        return value

    def texts(self, key: str, among: Collection[str] = (), *, required: bool = False) -> tuple[str, ...]:
        value = self._get(key, required)
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value) or (required and not value):
            self._fault(key, "must be a list of texts" + (", not empty" if required else ""))
            return ()
        for each in value:
            if among and each not in among:
                self._fault(key, f"{each!r} is none of {', '.join(sorted(among))}")
        return tuple(value)

    def mapping(self, key: str) -> dict[str, str]:
        value = self._get(key, False)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(each, str) for each in value.values()):
            self._fault(key, "must be a table of texts")
            return {}
        return dict(value)

    def table(self, key: str, *, required: bool = False) -> Reader:
        value = self._get(key, required)
        if value is not None and not isinstance(value, Mapping):
            self._fault(key, "must be a table")
        return self._child(value if isinstance(value, Mapping) else {}, key)

    def tables(self, key: str) -> list[Reader]:
        value = self._get(key, False)
        if value is None:
            return []
        if not isinstance(value, list) or not all(isinstance(each, Mapping) for each in value):
            self._fault(key, "must be a list of tables")
            return []
        return [self._child(each, f"{key}[{index}]") for index, each in enumerate(value)]

    def _child(self, data: Mapping[str, Any], key: str) -> Reader:
        child = Reader(data, self._at(key), self._faults)
        self._children.append(child)
        return child

    def _get(self, key: str, required: bool) -> Any:
        self._asked.add(key)
        if required and key not in self._data:
            self._fault(key, "is missing")
        return self._data.get(key)

    def _fault(self, key: str, reason: str) -> None:
        self._faults.append(f"{self._at(key)}: {reason}")

    def _at(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _note_unknown(self) -> None:
        for key in self._data:
            if key not in self._asked:
                self._fault(key, "is not a key of a profile")
        for child in self._children:
            child._note_unknown()
