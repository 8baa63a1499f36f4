"""What a file is by its first bytes: shown, never trusted."""

from collections.abc import Iterator

from tipline.core.arrival import Attached

HEAD = 4096  # bytes that are looked at
PHOTOS = {
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/gif": "GIF",
    "image/webp": "WEBP",
    "image/heic": "HEIF",
    "image/heif": "HEIF",
    "image/avif": "AVIF",
}
# What a browser plays by itself, and no document: nothing of it is ever run or laid out.
SOUNDS = {"audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/wav", "audio/flac"}
# What may hold words that can be searched; a zip may be a text of OpenDocument.
WITH_WORDS = {
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/zip",
    "text/html",
    "text/plain",
}
VIDEOS = {"video/mp4", "video/webm", "video/ogg", "video/quicktime"}

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF8", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/x-matroska"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"Rar!", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b", "application/gzip"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"II*\0", "image/tiff"),
    (0, b"MM\0*", "image/tiff"),
    (0, b"MZ", "application/vnd.microsoft.portable-executable"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"{\\rtf", "application/rtf"),
)
RIFF = {"image/webp", "audio/wav", "video/x-msvideo"}
OFFICE = {
    b"word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
# Brands of ISO/IEC 14496-12: a box "ftyp" names the main one, and those that it goes with.
BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"heim": "image/heic",
    b"heis": "image/heic",
    b"hevc": "image/heic",
    b"avif": "image/avif",
    b"avis": "image/avif",
    b"mif1": "image/heif",
    b"msf1": "image/heif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}


def sniff(content: bytes) -> str:
    """The media type by the first bytes; "text/plain" for readable text, else "application/octet-stream"."""
    for offset, magic, kind in MAGIC:
        if content[offset : offset + len(magic)] == magic and (kind not in RIFF or content[:4] == b"RIFF"):
            return _narrower(kind, content)
    head = content[:2048]
    if b"\0" in head:
        return "application/octet-stream"
    start = head.lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script")):
        return "text/html"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in head.lower()):
        return "image/svg+xml"
    return "text/plain"


def of(attached: Attached) -> str:
    """The media type of a file, of which the beginning alone is read."""
    return sniff(b"".join(_beginning(attached)))


def _beginning(attached: Attached) -> Iterator[bytes]:
    return attached.data.pieces(0, HEAD)


def _narrower(kind: str, content: bytes) -> str:
    """What a container holds, as far as its beginning says."""
    if kind == "application/zip":
        return next((office for mark, office in OFFICE.items() if mark in content[:HEAD]), kind)
    if kind == "video/mp4":
        return next((BRANDS[brand] for brand in _brands(content) if brand in BRANDS), kind)
    if kind == "video/x-matroska" and b"webm" in content[:64]:
        return "video/webm"
    if kind == "audio/ogg" and b"theora" in content[:HEAD]:
        return "video/ogg"
    return kind


def _brands(content: bytes) -> Iterator[bytes]:
    """The main brand; those that it goes with only where the main one is a picture's general one."""
    yield content[8:12] if content[8:12] not in (b"mif1", b"msf1") else b""
    if content[8:12] in (b"mif1", b"msf1"):
        box = content[: min(int.from_bytes(content[:4], "big"), 256)]
        yield from (box[at : at + 4] for at in range(16, len(box), 4) if box[at : at + 4] not in (b"mif1", b"msf1"))
        yield content[8:12]
