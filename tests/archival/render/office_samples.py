"""Office files for tests: one written by hand, the others by LibreOffice itself from three plain sources."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "formats"))
from format_samples import docx_members, make_zip

WORDS = "准予食品经营许可"
FAMILY = {"docx": "text", "doc": "text", "xlsx": "spreadsheet", "xls": "spreadsheet"} | dict.fromkeys(
    ("pptx", "ppt"), "presentation"
)
_BODY = {
    "text": f"<office:text><text:p>{WORDS}</text:p></office:text>",
    "spreadsheet": '<office:spreadsheet><table:table table:name="表"><table:table-row><table:table-cell'
    f' office:value-type="string"><text:p>{WORDS}</text:p></table:table-cell></table:table-row></table:table>'
    "</office:spreadsheet>",
    "presentation": '<office:presentation><draw:page draw:name="一"><draw:frame svg:width="20cm" svg:height="3cm"'
    f' svg:x="2cm" svg:y="2cm"><draw:text-box><text:p>{WORDS}</text:p></draw:text-box></draw:frame></draw:page>'
    "</office:presentation>",
}
_SPACES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in (
        ("office", "office"),
        ("text", "text"),
        ("table", "table"),
        ("draw", "drawing"),
        ("svg", "svg-compatible"),
    )
)


def make_docx(words: str = WORDS) -> bytes:
    """A Word file as small as Word and LibreOffice read it."""
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    members = docx_members(words)
    members["_rels/.rels"] = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="r1" Type="{office}" Target="word/document.xml"/></Relationships>'
    )
    return make_zip(members)


def make_office(key: str, folder: Path) -> bytes:
    """A file of a format, written by LibreOffice in *folder*, that says WORDS."""
    family = FAMILY[key]
    source = folder / f"a.fod{family[0]}"
    source.write_text(
        f'<?xml version="1.0" encoding="UTF-8"?><office:document{_SPACES} office:version="1.3"'
        f' office:mimetype="application/vnd.oasis.opendocument.{family}"><office:body>{_BODY[family]}</office:body>'
        "</office:document>",
        "utf-8",
    )
    profile = (folder / "profile").as_uri()
    arguments = [f"-env:UserInstallation={profile}", "--headless", "--convert-to", key, "--outdir", folder, source]
    subprocess.run(["soffice", *arguments], check=True, capture_output=True, timeout=100)
    return (folder / f"a.{key}").read_bytes()
