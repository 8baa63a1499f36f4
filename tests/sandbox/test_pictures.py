"""View copies: drawn anew by a process of their own, which hostile pictures may end and nothing else."""

import io
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from tipline.sandbox import Sandbox, SandboxDied, drawing
from tipline.sandbox.pictures import MODULE, SECONDS
from tipline.sealing.chunks import Plain

pillow_heif.register_heif_opener()
CANARY = b"CANARY camera"


def photo(kind: str = "JPEG", size: tuple[int, int] = (64, 48)) -> bytes:
    """A picture with a place and a camera in its EXIF."""
    image, out = Image.new("RGB", size, "navy"), io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = CANARY.decode()
    exif.get_ifd(0x8825)[2] = (31.0, 14.0, 0.0)
    image.save(out, kind, exif=exif.tobytes())
    return out.getvalue()


def bomb(edge: int) -> bytes:
    """A PNG that says it is so large, and is some bytes."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", edge, edge, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(edge))) + chunk(b"IEND", b"")
    )


@pytest.fixture(scope="module")
def painter() -> Iterator[Sandbox]:
    made = Sandbox(MODULE, SECONDS)
    yield made
    made.close()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG", "HEIF", "AVIF"])
def test_pictures_of_each_kind_are_drawn_smaller_and_without_place_and_camera(painter: Sandbox, kind: str) -> None:
    original = photo(kind, (2000, 1000))
    assert CANARY in original
    copy = painter.ask(Plain(original), kind)
    assert copy is not None and CANARY not in copy
    with Image.open(io.BytesIO(copy)) as image:
        assert (image.format, image.size, dict(image.getexif())) == ("JPEG", (1600, 800), {})


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff broken", b"%!PS-Adobe-3.0 EPSF-3.0\n", photo()[:300], photo("PNG"), bomb(60_000)]
)
def test_a_picture_that_is_none_is_refused_and_not_opened_by_another_reader(content: bytes) -> None:
    for kind in ("JPEG", "HEIF", "AVIF"):
        assert drawing.redraw(content, kind) == b""
    assert drawing.redraw(bomb(60_000), "PNG") == b""


def test_a_picture_that_wants_much_memory_does_not_get_it(painter: Sandbox) -> None:
    painter.ask(Plain(bomb(8_900)), "PNG")  # below the limit of pixels: 317 MB, and as much again to turn it
    assert painter.ask(Plain(photo()), "JPEG")


def test_a_process_that_ended_is_started_again_and_one_that_hangs_is_ended() -> None:
    painter = Sandbox(MODULE, 3)
    assert painter.ask(Plain(photo()), "JPEG")
    first = painter._process
    assert first is not None
    first.kill()
    first.wait()
    assert painter.ask(Plain(photo()), "JPEG")
    second = painter._process
    assert second is not None and second.pid != first.pid
    os.kill(second.pid, 19)  # SIGSTOP
    begun = time.monotonic()
    assert painter.ask(Plain(photo()), "JPEG") is None
    assert time.monotonic() - begun < 10 and second.poll() is not None
    assert painter.ask(Plain(photo()), "JPEG")
    painter.close()


def test_what_breaks_while_it_is_read_does_not_give_the_next_one_a_wrong_picture(painter: Sandbox) -> None:
    class Broken:
        size = 100_000

        def pieces(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
            yield photo()[:100]
            raise FileNotFoundError

    with pytest.raises(FileNotFoundError):
        painter.ask(Broken(), "JPEG")
    copy = painter.ask(Plain(photo("PNG", (30, 20))), "PNG")
    assert copy is not None
    with Image.open(io.BytesIO(copy)) as image:
        assert image.size == (30, 20)


def test_the_process_knows_no_setting_and_no_key(painter: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPLINE_SECRETS__KEY", "secret")
    painter.close()
    painter.ask(Plain(photo()), "JPEG")
    process = painter._process
    assert process is not None
    assert b"SECRETS" not in Path(f"/proc/{process.pid}/environ").read_bytes()


def test_a_process_that_was_taken_over_does_not_fill_the_memory_of_who_asked() -> None:
    liar = Sandbox("tests.liar", SECONDS)
    liar._send(Plain(b"x"), "JPEG")
    with pytest.raises(SandboxDied):  # at once, by what it says: nothing of it is read
        liar._answer()
    liar.close()
