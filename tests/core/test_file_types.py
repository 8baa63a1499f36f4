"""What a file is by its first bytes."""

import pytest

from tipline.core import file_types
from tipline.core.arrival import Attachment


def box(brand: bytes, *goes_with: bytes) -> bytes:
    """The first box of a file as phones write them (ISO/IEC 14496-12)."""
    body = b"ftyp" + brand + b"\0\0\0\0" + b"".join(goes_with)
    return (len(body) + 4).to_bytes(4, "big") + body + b"\0" * 40


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"<svg onload=x>", "image/svg+xml"),
        (b"  <!DOCTYPE html><script>", "text/html"),
        (b"hello", "text/plain"),
        (b"\0\1\2", "application/octet-stream"),
        (b"MZ\x90", "application/vnd.microsoft.portable-executable"),
        (b"", "text/plain"),
        (box(b"heic", b"mif1", b"heic"), "image/heic"),
        (box(b"mif1", b"heic"), "image/heic"),
        (box(b"mif1", b"avif", b"mif1"), "image/avif"),
        (box(b"mif1"), "image/heif"),
        (box(b"avif", b"mif1"), "image/avif"),
        (box(b"isom", b"avif"), "video/mp4"),
        (box(b"mp42", b"isom"), "video/mp4"),
        (box(b"M4A ", b"mp42"), "audio/mp4"),
        (box(b"qt  "), "video/quicktime"),
        (b"RIFF\0\0\0\0WAVEfmt ", "audio/wav"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        (b"12345678WAVE", "text/plain"),
        (b"ID3\x04", "audio/mpeg"),
        (b"\xff\xfb\x90", "audio/mpeg"),
        (b"\xff\xf1\x50", "audio/aac"),
        (b"OggS" + b"\0" * 24 + b"OpusHead", "audio/ogg"),
        (b"OggS" + b"\0" * 24 + b"\x80theora", "video/ogg"),
        (b"\x1aE\xdf\xa3" + b"\0" * 20 + b"webm", "video/webm"),
        (b"\x1aE\xdf\xa3" + b"\0" * 20 + b"matroska", "video/x-matroska"),
        (b"fLaC\0", "audio/flac"),
        (b"PK\x03\x04" + b"\0" * 26 + b"word/document.xml", file_types.OFFICE[b"word/"]),
    ],
)
def test_types_by_first_bytes(content: bytes, kind: str) -> None:
    assert file_types.sniff(content) == kind
    assert (
        file_types.of(Attachment("claims.jpg", content + b"\0" * 100_000 if kind == "video/mp4" else content)) == kind
    )


def test_nothing_that_a_browser_lays_out_or_runs_is_ever_played() -> None:
    assert all(kind.startswith(("audio/", "video/")) for kind in file_types.SOUNDS | file_types.VIDEOS)
