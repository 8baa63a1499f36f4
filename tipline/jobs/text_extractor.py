"""The process that reads the words inside files: no secret, no network, little memory and time.

To it goes a file and its type by its first bytes; back come a letter, what became of it, and the words. Nothing of a
file is ever run, unpacked to a disk, or laid out.
"""

import io
import logging
import re
import unicodedata
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

import pypdf

from tipline.core.arrival import Attached
from tipline.core.file_types import HEAD, sniff
from tipline.mail import charsets, html, parse
from tipline.sandbox import serve

MEMORY = 900 * 1024 * 1024  # bytes of address space
SECONDS = 20  # for one file; whoever asked gives up a little later
MAX_CHARACTERS = 200_000  # characters; the words beyond are not searched
MAX_XML_BYTES = 60 * 1024 * 1024  # bytes of a document's text, unpacked
PIECE = 64 * 1024
DONE, NOTHING, FAILED = b"d", b"n", b"f"

_HAN = "\u3000-\u303f\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef"
_BROKEN_HAN = re.compile(f"(?<=[{_HAN}]) *\n *(?=[{_HAN}])")
_BROKEN_WORD = re.compile(r"(?<=[a-z])[-\u2010\u00ad] *\n *(?=[a-z])")
_MAIL = re.compile(r"(?:[!-9;-~]{2,60}:[ \t][^\n]*\n(?:[ \t][^\n]*\n)*){2,}\n")
_OF_MAIL = re.compile(r"^(?:from|date|subject|message-id|received):", re.IGNORECASE | re.MULTILINE)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_IN_WORD = re.compile(r"word/(?:document|footnotes|endnotes|comments|header\d*|footer\d*)\.xml")
_PARAGRAPHS = {"p", "h", "tr", "br", "tab", "s", "line-break"}  # after them a word ends


class Unreadable(Exception):
    """Locked, damaged, or larger than it may be."""


def answer(content: bytes, kind: str) -> bytes:
    """What became of a file, and its words."""
    try:
        words = "".join(_upto(read(content, kind))).strip()
    except Exception:  # noqa: BLE001  whatever it does to its reader, the next file is read
        return FAILED
    return DONE + words.encode("utf-8", "replace") if words else NOTHING


def read(content: bytes, kind: str, depth: int = 0) -> Iterator[str]:
    """The words of a file, piece by piece."""
    if kind == "application/pdf":
        yield from _pdf(content)
    elif kind == "text/html":
        yield html.plain(html.marked(charsets.decode(content[: 20 * MAX_CHARACTERS], html.charset(content))))
    elif kind == "text/plain":
        yield from _text(content, depth)
    else:
        yield from _zipped(content)


def _upto(pieces: Iterator[str]) -> Iterator[str]:
    left = MAX_CHARACTERS
    for piece in pieces:
        yield piece[:left]
        left -= len(piece)
        if left <= 0:
            return


def _pdf(content: bytes) -> Iterator[str]:
    reader = pypdf.PdfReader(io.BytesIO(content))
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unreadable("locked")
    came, broken = False, False
    for page in reader.pages:
        try:
            text = unicodedata.normalize("NFKC", page.extract_text())  # Kangxi radicals stand for characters
        except MemoryError:
            raise
        except Exception:  # noqa: BLE001  one page is broken; the others may be read
            broken = True
            continue
        came = came or bool(text.strip())
        yield _BROKEN_WORD.sub("", _BROKEN_HAN.sub("", text)) + "\n"
    if broken and not came:
        raise Unreadable("damaged")


def _text(content: bytes, depth: int) -> Iterator[str]:
    head = content[:HEAD].decode("latin-1").replace("\r\n", "\n")
    if depth < 2 and _MAIL.match(head) and len(_OF_MAIL.findall(head)) >= 2:
        yield from _mail(content, depth)
        return
    text = charsets.decode(content[: 4 * MAX_CHARACTERS])
    sample = text[:PIECE]
    if len(_NO_TEXT.findall(sample)) <= len(sample) // 50:  # else it is no text, whatever its beginning looks like
        yield text


def _mail(content: bytes, depth: int) -> Iterator[str]:
    """Subject and words, no header: who wrote it stands nowhere in the index."""
    arrival = parse.arrival(content)
    yield f"{arrival.subject}\n{arrival.text}\n{arrival.quoted}\n"
    for attached in arrival.attachments:
        yield f"{attached.name}\n"
        yield from read(_whole(attached), sniff(_whole(attached)), depth + 1)


def _whole(attached: Attached) -> bytes:
    return b"".join(attached.data.pieces())


def _zipped(content: bytes) -> Iterator[str]:
    """The text of Word and OpenDocument; other archives are left closed."""
    if not zipfile.is_zipfile(io.BytesIO(content)):
        return
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        if "word/document.xml" in names:
            wanted, only = sorted(filter(_IN_WORD.fullmatch, names)), "t"
        elif "content.xml" in names and "mimetype" in names:
            wanted, only = ["content.xml"], ""
        else:
            return
        for name in wanted:
            yield from _Xml(only).words(archive, name)


class _Xml:
    """The words of one document, read as it is unpacked: a bomb is left as soon as there are words enough."""

    def __init__(self, only: str) -> None:
        self._only, self._inside = only, not only  # the element that words stand in
        self._left_out = 0
        self._words: list[str] = []
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text
        self._parser.EntityDeclHandler = self._refuse

    def words(self, archive: zipfile.ZipFile, name: str) -> Iterator[str]:
        size = 0
        with archive.open(name) as member:
            while piece := member.read(PIECE):
                size += len(piece)
                if size > MAX_XML_BYTES:
                    raise Unreadable("too large")
                self._parser.Parse(piece)
                yield "".join(self._words)
                self._words.clear()
            self._parser.Parse(b"", True)
        yield "".join([*self._words, "\n"])

    def _start(self, name: str, _: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._left_out += local == "tracked-changes"  # what was deleted from it
        self._inside = self._inside or local == self._only

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._left_out -= local == "tracked-changes"
        if local == self._only:
            self._inside = False
        if local in _PARAGRAPHS:
            self._words.append("\n")

    def _text(self, words: str) -> None:
        if self._inside and not self._left_out:
            self._words.append(words)

    def _refuse(self, *_: object) -> None:
        raise Unreadable("entity")


def main() -> None:
    logging.disable()  # pypdf's warnings may quote the file
    serve(answer, MEMORY, SECONDS)


if __name__ == "__main__":
    main()
