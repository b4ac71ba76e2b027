"""Office documents made into PDF by LibreOffice: a program of its own, without network, macros and other files.

LibreOffice reads a private copy under a name of ours, because it tells formats by names and a stranger's name is no
argument for a program. It runs in a process group of its own that ends with whoever started it, with a profile that is
thrown away, and Linux refuses it every socket but local ones.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from functools import partial
from pathlib import Path

from lantai.archival.render.confinement import NotConfined, confine, network_ban
from lantai.archival.render.model import RenderRefused

OFFICE_SUFFIXES = {
    **{each: each for each in ("docx", "docm", "dotx", "doc", "rtf", "odt")},
    **{each: each for each in ("xlsx", "xlsm", "xltx", "xlsb", "xls", "ods")},
    **{each: each for each in ("pptx", "pptm", "ppsx", "ppt", "odp", "odg")},
    "wps": "doc",
    "et": "xls",
    "dps": "ppt",
}
"""Formats LibreOffice reads, and the suffix by which it knows them; WPS writes Microsoft's streams."""

_EXPORTS = {
    **dict.fromkeys(("docx", "docm", "dotx", "doc", "rtf", "odt", "wps"), "writer"),
    **dict.fromkeys(("xlsx", "xlsm", "xltx", "xlsb", "xls", "ods", "et"), "calc"),
    **dict.fromkeys(("pptx", "pptm", "ppsx", "ppt", "odp", "dps"), "impress"),
    "odg": "draw",
}
"""Which part of LibreOffice writes the PDF of a format."""

_ARCHIVAL = 'pdf:{}_pdf_Export:{{"SelectPdfVersion":{{"type":"long","value":"2"}}}}'
_FILE_BYTES = 1 << 30
_RESTART = 81
"""LibreOffice's answer when it made its profile and wants to be started again."""

_SETTINGS = (
    ("Office.Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Office.Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Office.Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Office.Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Office.Java/VirtualMachine", "Enable", "false"),
    ("Office.Writer/Content/Update", "Link", "2"),
    ("Office.Writer/Content/Update", "Field", "false"),
    ("Office.Calc/Content/Update", "Link", "2"),
)
_PROFILE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">\n'
    + "".join(
        f'<item oor:path="/org.openoffice.{path}"><prop oor:name="{name}" oor:op="fuse"><value>{value}</value></prop>'
        "</item>\n"
        for path, name, value in _SETTINGS
    )
    + "</oor:items>\n"
)


class ConverterMissing(RenderRefused):
    """LibreOffice is not installed on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "这台服务器没有安装 LibreOffice，Office 文件不能画成页图；可下载原文件查看，或请系统管理员安装 LibreOffice",
            "LibreOffice is not installed on this server, so Office files are not drawn; download the original, or ask "
            "the system administrator to install LibreOffice",
        )


def office_program() -> Path | None:
    """LibreOffice's program itself, not the script that starts it; None where it is not installed."""
    for name in ("soffice", "libreoffice"):
        found = shutil.which(name)
        program = Path(found).resolve().with_name("soffice.bin") if found else None
        if program is not None and program.is_file():
            return program
    return None


def convert_office(
    data: bytes, key: str, folder: Path, *, seconds: float, memory_bytes: int, archival: bool = False
) -> Path:
    """Where LibreOffice wrote the document as PDF.

    Args:
        data: the file.
        key: its format, one of ``OFFICE_SUFFIXES``.
        folder: an empty private folder; the caller removes it with all that is in it.
        seconds: wall-clock and processor time it may take.
        memory_bytes: address space it may take.
        archival: as PDF/A-2b (ISO 19005-2), with fonts inside and colours that mean the same everywhere.

    Raises:
        ConverterMissing: LibreOffice is not installed.
        RenderRefused: it cannot be confined here, took too long, or could not read the file.
        OSError: of the medium the folder lies on.
    """
    program = office_program()
    if program is None:
        raise ConverterMissing
    try:
        ban = network_ban()
    except NotConfined:
        raise RenderRefused(
            "这台服务器不能把 LibreOffice 与网络隔开，因此不转换 Office 文件；可下载原文件查看",
            "LibreOffice cannot be kept from the network on this server, so Office files are not converted; download "
            "the original",
        ) from None
    source = folder / f"document.{OFFICE_SUFFIXES[key]}"
    source.write_bytes(data)
    settings = folder / "profile" / "user" / "registrymodifications.xcu"
    settings.parent.mkdir(parents=True)
    settings.write_text(_PROFILE, encoding="utf-8")
    command = [
        str(program),
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        *"--headless --invisible --norestore --nolockcheck --nodefault --nologo --convert-to".split(),
        _ARCHIVAL.format(_EXPORTS[key]) if archival else "pdf",
        "--outdir",
        str(folder / "out"),
        str(source),
    ]
    limits = partial(confine, ban, seconds=seconds, memory_bytes=memory_bytes, file_bytes=_FILE_BYTES)
    with (folder / "said").open("wb") as said:
        for _attempt in range(2):
            running = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                env={"HOME": str(folder), "PATH": os.defpath, "LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"},
                start_new_session=True,
                preexec_fn=limits,  # noqa: PLW1509 (who converts is a child with one thread)
            )
            try:
                code = running.wait(timeout=seconds)
            except subprocess.TimeoutExpired:
                raise _took_too_long(seconds) from None
            finally:
                _end(running)
            if code != _RESTART:
                break
    made = folder / "out" / "document.pdf"
    if code == -signal.SIGXCPU:
        raise _took_too_long(seconds)
    if not made.is_file() or not made.stat().st_size:
        raise _unreadable((folder / "said").read_bytes()[-300:].decode("utf-8", "replace"), code)
    return made


def _end(running: subprocess.Popen[bytes]) -> None:
    """End whatever is left of the process group, and take the answer of its first process."""
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def _took_too_long(seconds: float) -> RenderRefused:
    return RenderRefused(
        f"LibreOffice 转换这个文件超过{seconds:.0f}秒，已停止；可下载原文件查看",
        f"LibreOffice took more than {seconds:.0f} seconds over this file and was stopped; download the original",
    )


def _unreadable(said: str, code: int) -> RenderRefused:
    """The last line LibreOffice said, without our folder's name."""
    line = next((each.strip() for each in reversed(said.splitlines()) if each.strip()), "")
    reason = line if "document." not in line else line.partition("/")[0].strip()
    detail = " ".join(each for each in (reason, f"({code})" if code else "") if each)
    return RenderRefused(
        f"LibreOffice 打不开这个文件{f'：{detail}' if detail else ''}，文件可能已损坏；可下载原文件",
        f"LibreOffice cannot open this file{f': {detail}' if detail else ''}; it may be damaged; download the original",
    )
