"""XML from strangers: no entities resolved, no network, no DTD loaded, no huge trees."""

from __future__ import annotations

from lxml import etree


class XmlFault(ValueError):
    """The bytes are not well-formed XML; the message says where."""


def parse_xml(data: bytes) -> etree._Element:
    """The root element.

    Raises:
        XmlFault: not well formed, or a document type that declares entities.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as failure:
        raise XmlFault(str(failure)) from None
    if root is None:
        raise XmlFault("no element")
    document_type = root.getroottree().docinfo.internalDTD
    if document_type is not None and list(document_type.entities()):  # type: ignore[union-attr]
        raise XmlFault("document type declares entities")
    return root


def local(element: etree._Element) -> str:
    """The element's name without its namespace; empty for an entity that was left unresolved."""
    name = element.tag
    return name.rpartition("}")[2] if isinstance(name, str) else ""


def first(element: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name."""
    return element.find(f"{{*}}{name}")


def every(element: etree._Element, name: str) -> list[etree._Element]:
    """All descendants of that local name, in document order."""
    return list(element.iter(f"{{*}}{name}"))


def said(element: etree._Element | None) -> str:
    """The element's own text, stripped; empty without one."""
    return (element.text or "").strip() if element is not None else ""
