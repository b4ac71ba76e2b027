"""The networks that reading uses: files of packages that are installed, pinned by digest. Nothing is ever fetched."""

from __future__ import annotations

import functools
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

Mode = Literal["exact", "fast"]
"""精确 and 快速: a larger network that errs less, a smaller one that takes a quarter of the time."""
MODES: tuple[Mode, ...] = ("exact", "fast")

Tensor = NDArray[np.float32]


class ModelMissing(Exception):
    """A network is not there, or not the one that was tried. ``reason_zh`` and ``reason_en`` say which and why."""

    def __init__(self, reason_zh: str, reason_en: str) -> None:
        super().__init__(f"{reason_zh} / {reason_en}")
        self.reason_zh, self.reason_en = reason_zh, reason_en


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Where a network lies and the SHA-256 it must have."""

    path: Path
    sha256: str

    def content(self) -> bytes:
        """Its bytes. Raises ModelMissing."""
        try:
            data = self.path.read_bytes()
        except OSError as failure:
            why = failure.strerror or str(failure)
            raise ModelMissing(
                f"缺少识别模型 {self.path}（{why}），请重新安装 Lantai 的依赖",
                f"the model {self.path} is missing ({why}); install Lantai's dependencies again",
            ) from None
        found = hashlib.sha256(data).hexdigest()
        if found != self.sha256:
            raise ModelMissing(
                f"识别模型 {self.path} 与登记的摘要不符（应为 {self.sha256}，实为 {found}），不予使用",
                f"the model {self.path} is not the one that was tried: SHA-256 {found}, not {self.sha256}; not used",
            )
        return data


@dataclass(frozen=True, slots=True)
class ReadingModels:
    """What one reader needs: finding lines, reading them, and which way up a page lies.

    ``letters`` lists what the recogniser's numbers stand for, a line each, where the network itself does not say so.
    """

    mode: Mode
    detector: ModelFile
    recogniser: ModelFile
    uprighter: ModelFile
    letters: ModelFile | None = None


def installed_models(mode: Mode) -> ReadingModels:
    """The networks of the installed packages. Nothing is read yet.

    Raises:
        ModelMissing: a package is not installed.
    """
    known = tomllib.loads(files(__package__).joinpath("models.toml").read_text(encoding="utf-8"))
    of_mode = known[mode]
    letters = _found(of_mode["letters"]) if "letters" in of_mode else None
    return ReadingModels(
        mode, _found(of_mode["detector"]), _found(of_mode["recogniser"]), _found(known["uprighter"]), letters
    )


def _found(entry: Mapping[str, Any]) -> ModelFile:
    return ModelFile(_folder(entry["package"]) / entry["path"], entry["sha256"])


@functools.cache
def _folder(package: str) -> Path:
    """Where an installed package lies; it is not imported, so that nothing of it runs."""
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelMissing(
            f"未安装带有识别模型的软件包 {package}，请重新安装 Lantai 的依赖",
            f"the package {package}, which brings models, is not installed; install Lantai's dependencies again",
        )
    return Path(next(iter(spec.submodule_search_locations)))


class Network:
    """A network that is loaded, on *threads* threads of this process.

    Args:
        keeps_memory: whether what one answer needed is kept for the next. That saves a third of the time of a network
            that always sees pictures of nearly one size; with lines of all lengths memory would grow.

    Raises:
        ModelMissing: its file is missing, altered, or no network.
    """

    def __init__(self, model: ModelFile, threads: int = 1, *, keeps_memory: bool = False) -> None:
        options = ort.SessionOptions()
        options.log_severity_level = 4
        options.intra_op_num_threads = options.inter_op_num_threads = threads
        options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
        options.enable_cpu_mem_arena = keeps_memory
        options.enable_mem_pattern = False
        content = model.content()
        try:
            self._session = ort.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        except RuntimeError as failure:
            raise ModelMissing(
                f"识别模型 {model.path} 无法载入：{failure}", f"the model {model.path} cannot be loaded: {failure}"
            ) from None
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: Tensor) -> Tensor:
        """What it answers to a batch."""
        answer: Tensor = self._session.run(None, {self._input: batch})[0]
        return answer

    def told(self, name: str) -> str:
        """What the network says of itself under a name; empty where nothing."""
        return str(self._session.get_modelmeta().custom_metadata_map.get(name, ""))
