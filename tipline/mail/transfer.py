"""Content-Transfer-Encoding (RFC 2045) undone, with the damage that is seen in real mail; uuencode beside it."""

import binascii
import io
import re
from itertools import islice

MAX_FILES = 200  # uuencoded in one text
PIECE = 1024 * 1024  # bytes of base64 decoded at once
MAX_PIECES = 1000  # base64 texts put one behind the other, each with its padding

_B64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_B64 = bytes(set(range(256)) - set(_B64))
_LEGAL = _B64 + b"= \t\r\n"
_LINE = re.compile(rb"[^\r\n]+(?:\r\n|\r|\n)?|\r\n|\r|\n")
_UU_BEGIN = re.compile(rb"^begin(?:-base64)? [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_UU_END = re.compile(rb"^(?:end|====)[ \t]*\r?$", re.MULTILINE)


def undo(data: bytes, encoding: str) -> bytes:
    """Decoded bytes. An unknown encoding, or data that is plainly not what is declared, stays as it is."""
    match encoding:
        case "base64":
            return from_base64(data)
        case "quoted-printable":
            return binascii.a2b_qp(data)
        case "x-uuencode" | "uuencode" | "x-uue" | "uue":
            files, _ = uuencoded(data)
            return files[0][1] if files else data
    return data


def from_base64(data: bytes) -> bytes:
    """Base64 with stray characters, missing padding, padding in the middle, or a text footer behind it."""
    stray = len(data.translate(None, _LEGAL))
    if stray * 6 > len(data) or (stray and data.count(b" ") * 10 > len(data)):
        return data  # declared base64, but plain text
    if stray:
        # A mailing list's footer behind the base64: letters of words would read as data.
        data = _before_footer(data)
    if b"=" in data.rstrip(b"= \t\r\n"):
        pieces = re.split(rb"=+", data, maxsplit=MAX_PIECES)
        if len(pieces) <= MAX_PIECES:
            return b"".join(_run(piece) for piece in pieces)
    return _run(data)


def _run(data: bytes) -> bytes:
    out, rest = io.BytesIO(), b""
    for start in range(0, len(data), PIECE):  # a large file must not lie in memory many times over
        squeezed = rest + data[start : start + PIECE].translate(None, _NOT_B64)
        whole = len(squeezed) - len(squeezed) % 4
        out.write(binascii.a2b_base64(squeezed[:whole]))
        rest = squeezed[whole:]
    if len(rest) > 1:
        out.write(binascii.a2b_base64(rest + b"=" * (4 - len(rest))))
    return out.getvalue()


def _before_footer(data: bytes) -> bytes:
    after_empty = False
    for match in _LINE.finditer(data):
        line = match[0].strip()
        if line and len(line.translate(None, _LEGAL)) * 4 > len(line):
            return data[: match.start()] or data
        if after_empty and b" " in line and line.isascii():
            return data[: match.start()]
        after_empty = not line
    return data


def uuencoded(data: bytes) -> tuple[list[tuple[str, bytes]], bytes]:
    """Files put into a text by uuencode as (name, content), and the text without them."""
    if b"begin" not in data:
        return [], data
    files: list[tuple[str, bytes]] = []
    rest: list[bytes] = []
    begins = list(islice(_UU_BEGIN.finditer(data), MAX_FILES))
    if not begins:
        return [], data
    at = 0
    for begin, following in zip(begins, [*(other.start() for other in begins[1:]), len(data)], strict=True):
        end = _UU_END.search(data, begin.end(), following)
        content = _uu_lines(data, begin.end(), end.start() if end else following)
        if content is not None:
            rest.append(data[at : begin.start()])
            files.append((begin[1].decode("utf-8", "replace").strip(), content))
            at = min(end.end() + 1, len(data)) if end else following
    rest.append(data[at:])
    return files, b"".join(rest)


def _uu_lines(data: bytes, start: int, stop: int) -> bytes | None:
    """Decoded lines, or None where this is no uuencoded block ("begin 644 reasons" in prose)."""
    out = bytearray()
    for match in _LINE.finditer(data, start, stop):
        line = match[0].rstrip(b"\r\n")
        if not line.strip() or line[:1] == b"`":
            continue
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            # Known fault of old encoders: more characters than the length byte says.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[: count + 1])
            except binascii.Error:
                return None
    return bytes(out) if out else None
