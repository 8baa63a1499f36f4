"""Files sealed in chunks: the same comes out from any place, and what was cut, swapped or moved does not open."""

import tracemalloc
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tipline.errors import SealBroken
from tipline.sealing import OpenKey, seal
from tipline.sealing.chunks import CHUNK, START, TAG, Plain, Readable, Rest, digest, seal_pieces, unseal_file

KEY, PLACE = OpenKey(7, bytes(range(32))), "stored_file:1:content"
STEP = CHUNK + TAG
SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


def some(size: int) -> bytes:
    return bytes(n * 7 % 251 for n in range(CHUNK + 3))[:size] if size <= CHUNK + 3 else (some(CHUNK + 3) * 9)[:size]


def sealed(content: bytes, piece: int = 10_007) -> bytes:
    pieces = (content[at : at + piece] for at in range(0, len(content), piece))
    return b"".join(seal_pieces(KEY, pieces, PLACE))


def opened(folder: Path, data: bytes, *, key: OpenKey = KEY, place: str = PLACE, at: int = 0) -> Readable:
    path = folder / "sealed"
    path.write_bytes(data)
    return unseal_file(partial(path.open, "rb"), lambda _: key, place, at)  # type: ignore[arg-type]


def read(content: Readable, start: int = 0, end: int | None = None) -> bytes:
    return b"".join(content.pieces(start, end))


@pytest.mark.parametrize("size", SIZES)
def test_what_goes_in_comes_out_whole_and_from_any_place(tmp_path: Path, size: int) -> None:
    plain = some(size)
    content = opened(tmp_path, b"before it" + sealed(plain), at=9)
    assert content.size == size and read(content) == plain and digest(content) == digest(Plain(plain))
    edges = sorted({at for near in (0, CHUNK, 2 * CHUNK, size) for at in (near - 1, near, near + 1) if 0 <= at <= size})
    for start in edges:
        for end in edges:
            assert read(content, start, end) == read(Plain(plain), start, end) == plain[start:end]
    assert read(Rest(content, min(3, size)), 1) == plain[min(3, size) :][1:]


@pytest.mark.parametrize("size", SIZES)
def test_what_was_cut_does_not_open(tmp_path: Path, size: int) -> None:
    data = sealed(some(size))
    cuts = {1, TAG, TAG + 1, (len(data) - START) % STEP or STEP, len(data) - START, len(data) - 5}
    for cut in cuts:
        with pytest.raises(SealBroken):
            read(opened(tmp_path, data[: len(data) - cut]))
    with pytest.raises(SealBroken):
        read(opened(tmp_path, data + b"\0"))


def test_chunks_that_were_swapped_repeated_or_come_from_another_file_do_not_open(tmp_path: Path) -> None:
    data = sealed(some(3 * CHUNK + 5))
    head, *chunks = data[:START], *(data[at : at + STEP] for at in range(START, len(data), STEP))
    other = sealed(some(3 * CHUNK + 5))[START : START + STEP]
    for order in ([chunks[1], chunks[0], *chunks[2:]], [chunks[0], *chunks], chunks[1:], [other, *chunks[1:]]):
        with pytest.raises(SealBroken):
            read(opened(tmp_path, head + b"".join(order)))


def test_another_place_another_key_or_one_bit_does_not_open(tmp_path: Path) -> None:
    data = sealed(some(CHUNK + 5))
    flipped = bytearray(data)
    flipped[START + 3] ^= 1
    for content in (
        opened(tmp_path / ".", data, place="stored_file:2:content"),
        opened(tmp_path / ".", data, key=OpenKey(7, bytes(32))),
    ):
        with pytest.raises(SealBroken):
            read(content)
    with pytest.raises(SealBroken):
        read(opened(tmp_path, bytes(flipped)))
    with pytest.raises(SealBroken):
        opened(tmp_path, b"\x03" + data[1:])


def test_what_an_earlier_version_sealed_whole_opens_too(tmp_path: Path) -> None:
    plain = some(100_000)
    content = opened(tmp_path, seal(KEY, plain, PLACE))
    assert content.size == len(plain) and read(content, 10, 90_000) == plain[10:90_000]
    with pytest.raises(SealBroken):
        opened(tmp_path, seal(KEY, plain, "stored_file:2:content"))


def test_a_file_of_25_mb_is_never_whole_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "sealed"

    def long() -> Iterator[bytes]:
        for _ in range(400):
            yield bytes(CHUNK)

    tracemalloc.start()
    try:
        with path.open("wb") as file:
            file.writelines(seal_pieces(KEY, long(), PLACE))
        content = unseal_file(partial(path.open, "rb"), lambda _: KEY, PLACE)  # type: ignore[arg-type]
        assert sum(map(len, content.pieces())) == content.size == 400 * CHUNK
        assert tracemalloc.get_traced_memory()[1] < 2 * 1024 * 1024
    finally:
        tracemalloc.stop()
