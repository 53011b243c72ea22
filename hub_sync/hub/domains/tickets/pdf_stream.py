"""Join PDF documents into one while they are written, so that a document of any length takes little memory.

The documents are those of `pdf_ticket`, as fpdf2 writes them: plain objects and one table of them at the end. No PDF library
that is installed writes a document before it has all pages. What belongs to a whole document is left out: its title, and the
structure for screen readers.
"""

import re
from array import array
from collections.abc import Generator, Iterator

_PAGES = 1
_FIRST_FREE = 3
"""The joined document's own objects are its tree of pages (1) and its catalog (2)."""
_XREF = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")
_ENTRY = re.compile(rb"(\d{10}) \d{5} n")
_OBJECT = re.compile(rb"(\d+) 0 obj\n")
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_LEFT_OUT = re.compile(rb"/Type /(Pages|Catalog|StructTreeRoot|StructElem)\b|\A<<\n/(Nums|CreationDate) ")
_MARKS = re.compile(rb"/StructParents \d+\n")
_IS_PAGE = re.compile(rb"/Type /Page\b")
_HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def join_documents(documents: Iterator[bytes]) -> Generator[bytes]:
    """Yield the bytes of one document with the pages of all of them, in order. There must be a document."""
    places, pages = array("Q"), array("Q")
    position, media_box = len(_HEADER), b""
    yield _HEADER
    for document in documents:
        base = _FIRST_FREE + len(places) - 1
        for number, plain, stream in _objects(document):
            if b"/Type /Pages" in plain and not media_box:
                media_box = _media_box(plain)
            places.append(0)
            if stream == b"" and _LEFT_OUT.search(plain):
                continue
            body = _renumber(_MARKS.sub(b"", plain), base)
            new = base + number
            if stream == b"" and _IS_PAGE.search(plain):
                pages.append(new)
            places[new - _FIRST_FREE] = position
            piece = b"%d 0 obj\n%s%s" % (new, body, stream)
            position += len(piece)
            yield piece
    kids = b" ".join(b"%d 0 R" % page for page in pages)
    tree = b"1 0 obj\n<<\n/Type /Pages\n/Count %d\n/Kids [%s]\n%s>>\nendobj\n" % (len(pages), kids, media_box)
    tree_at, catalog_at = position, position + len(tree)
    catalog = b"2 0 obj\n<<\n/Type /Catalog\n/Pages 1 0 R\n>>\nendobj\n"
    yield tree + catalog
    size = _FIRST_FREE + len(places)
    yield b"xref\n0 %d\n0000000000 65535 f \n" % size
    for place in (tree_at, catalog_at, *places):
        yield b"%010d 00000 n \n" % place if place else b"0000000000 00000 f \n"
    trailer = b"trailer\n<<\n/Size %d\n/Root 2 0 R\n>>\nstartxref\n%d\n%%%%EOF\n"
    yield trailer % (size, catalog_at + len(catalog))


def _objects(document: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Yield number, plain part and stream of each object; an object without a stream has an empty one."""
    hit = _XREF.search(document)
    if hit is None:
        raise ValueError("not a document of fpdf2: it has no table of objects")
    table = int(hit[1])
    starts = [int(entry[1]) for entry in _ENTRY.finditer(document, table)]
    for start, end in zip(starts, [*starts[1:], table], strict=True):
        head = _OBJECT.match(document, start)
        if head is None:
            raise ValueError("not a document of fpdf2: an object is not where its table says")
        body = document[head.end() : end]
        cut = body.find(b"\nstream\n")
        yield (int(head[1]), body, b"") if cut < 0 else (int(head[1]), body[:cut], body[cut:])


def _media_box(pages: bytes) -> bytes:
    hit = re.search(rb"/MediaBox \[[^\]]*\]\n", pages)
    return hit[0] if hit else b""


def _renumber(plain: bytes, base: int) -> bytes:
    """Return an object's plain part with references to the joined document's numbers."""

    def renumbered(match: re.Match[bytes]) -> bytes:
        number = int(match[1])
        return b"1 0 R" if number == _PAGES else b"%d 0 R" % (base + number)

    return _REFERENCE.sub(renumbered, plain)
