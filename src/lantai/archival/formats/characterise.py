"""Characterisation (特征信息): what one file is, whether it opens, and what it carries. The door of this package."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from lantai.archival.formats import archives, images, markup, media, office
from lantai.archival.formats.content import Content
from lantai.archival.formats.model import FileFacts, Format
from lantai.archival.formats.ofd import ofd_text, read_ofd
from lantai.archival.formats.pdf import pdf_text, read_pdf
from lantai.archival.formats.pronom import identify_by_pronom
from lantai.archival.formats.reading import Reading, fault
from lantai.archival.formats.signatures import identify

_Reader = Callable[[Content, Format, bool], Reading]


def _ooxml(content: Content, format: Format, text: bool) -> Reading:
    return office.read_ooxml(content, key=format.key, text=text)


def _image(content: Content, format: Format, text: bool) -> Reading:
    return images.read_image(content)


def _plain(content: Content, format: Format, text: bool) -> Reading:
    return markup.read_text(content, text=text, key=format.key)


def _archive(content: Content, format: Format, text: bool) -> Reading:
    return archives.read_archive(content, format.key)


def _ole2(content: Content, format: Format, text: bool) -> Reading:
    return office.read_ole2(content, key=format.key)


def _executable(content: Content, format: Format, text: bool) -> Reading:
    return Reading(readable=None, fault=fault("no-reader"), active_content=("executable",))


_READERS: dict[str, _Reader] = {
    "pdf": lambda content, format, text: read_pdf(content, text=text),
    "ofd": lambda content, format, text: read_ofd(content, text=text),
    "xml": lambda content, format, text: markup.read_xml(content, text=text),
    "svg": lambda content, format, text: markup.read_xml(content, text=text),
    "html": lambda content, format, text: markup.read_html(content, text=text),
    "rtf": lambda content, format, text: markup.read_rtf(content, text=text),
    "eml": lambda content, format, text: markup.read_mail(content, text=text),
    "wav": lambda content, format, text: media.read_wav(content),
    "mp3": lambda content, format, text: media.read_mp3(content),
    "mp4": lambda content, format, text: media.read_mp4(content),
    "mov": lambda content, format, text: media.read_mp4(content),
    "avi": lambda content, format, text: media.read_avi(content),
    "flv": lambda content, format, text: media.read_flv(content),
    "mpg": lambda content, format, text: media.read_mpg(content),
    "zip": lambda content, format, text: archives.read_zip(content),
    **dict.fromkeys(("docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "xltx", "ppsx", "xlsb"), _ooxml),
    **dict.fromkeys(("odt", "ods", "odp", "odg"), lambda content, format, text: office.read_odf(content, text=text)),
    **dict.fromkeys(("doc", "xls", "ppt", "wps", "et", "dps", "ole2", "ooxml-encrypted"), _ole2),
    **dict.fromkeys(("jpeg", "png", "tiff", "gif", "bmp", "jp2", "webp"), _image),
    **dict.fromkeys(("txt", "csv", "json", "jsonl", "md"), _plain),
    **dict.fromkeys(("rar", "7z", "gz", "bz2", "xz", "tar"), _archive),
    **dict.fromkeys(("exe", "elf", "script", "class"), _executable),
}


_WORDS: dict[str, Callable[[Content], str]] = {"pdf": pdf_text, "ofd": ofd_text}
"""Readers of the text alone, where looking at everything else costs as much again."""


def characterise(data: bytes | BinaryIO, name: str, *, text: bool = False) -> FileFacts:
    """Say what a file is and open it as far as it can be opened. Signatures in it are ``sealing``'s to judge.

    Never raises for what the file contains; a parser that is led into endless work or crashes the process is the
    affair of the child process and its limits.

    Args:
        data: the bytes, or a seekable binary file (the caller closes it). Files over 32 MiB are read in place.
        name: the file's name; only its suffix is looked at, and only where content cannot tell.
        text: whether to extract text, cut at ``cleaning.TEXT_LIMIT`` characters.

    Raises:
        OSError: the medium of a file that was handed over.
    """
    content = Content(data)
    if content.size == 0:
        return FileFacts(format=None, readable=False, fault=fault("empty"))
    format, by = identify(content, name), "signature"
    if format is None:
        format, by = _ask_pronom(content), "pronom"
    if format is None:
        return FileFacts(format=None, readable=None, fault=fault("unknown-format"))
    reader = _READERS.get(format.key)
    reading = reader(content, format, text) if reader else Reading(readable=None, fault=fault("no-reader"))
    return FileFacts(
        format=format,
        identified_by="signature" if by == "signature" else "pronom",
        readable=reading.readable,
        fault=reading.fault,
        pages=reading.pages,
        encrypted=reading.encrypted,
        active_content=reading.active_content,
        attributes=reading.attributes,
        text=reading.text,
    )


def _ask_pronom(content: Content) -> Format | None:
    """PRONOM's word on content alone, since a suffix proves nothing; of a file too large to hold, on both its ends."""
    data = content.whole if content.whole is not None else content.part(0, 1 << 20) + content.tail
    return identify_by_pronom([data])[0]


def extract_text(data: bytes | BinaryIO, name: str) -> str:
    """The text of a document for the index: PDF, OFD, Office, OpenDocument, XML, HTML, RTF, mail and plain text.

    Control characters are gone, and so are stray spaces between Chinese characters. Empty where there is none, where
    the file does not open, and for formats that hold no text.
    """
    content = Content(data)
    format = identify(content, name) if content.size else None
    if format is not None and format.key in _WORDS:
        return _WORDS[format.key](content)
    return characterise(data, name, text=True).text or ""
