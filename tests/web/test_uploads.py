"""Parts of a posted form are found where werkzeug finds them, without an expression of each form's own."""

import random
from typing import Any

import pytest
from werkzeug.sansio.multipart import Epilogue, MultipartDecoder, NeedData

from tipline.web.uploads import CHUNK, PARTS, Decoder

BOUNDARY = "----WebKitFormBoundary.x+(7)"
PIECES = (b"--", b"\r\n", b"\n", b"\r", b" ", b"\t", BOUNDARY.encode(), BOUNDARY[:-1].encode(), b"words", b"\xff", b"-")
HEAD = b'Content-Disposition: form-data; name="q1"'


def told(decoder: MultipartDecoder, chunks: list[bytes]) -> list[Any]:
    """What a decoder makes of a body that comes so; the last is the kind of its complaint, where it has one."""
    events: list[Any] = []
    try:
        for chunk in [*chunks, None]:
            decoder.receive_data(chunk)
            while not isinstance(event := decoder.next_event(), NeedData | Epilogue):
                events.append(event)
    except ValueError as error:
        events.append(type(error))
    return events


def body(dice: random.Random, line: bytes) -> bytes:
    """Parts with content that looks much like a boundary, and an end that may lack."""
    start = BOUNDARY.encode()
    parts = [b"--" + start + line + HEAD + line + line + b"".join(dice.choices(PIECES, k=9)) for _ in range(3)]
    return (
        dice.choice((b"", line, b"preamble" + line))
        + line.join(parts)
        + dice.choice(
            (
                line + b"--" + start + b"--" + line,
                line + b"--" + start + b"--",
                line + b"--" + start + b" \t" + line,
                b"",
            )
        )
    )


def cut(dice: random.Random, whole: bytes) -> list[bytes]:
    places = sorted(dice.sample(range(len(whole)), k=dice.randrange(4)))
    return [whole[start:end] for start, end in zip([0, *places], [*places, len(whole)], strict=True)]


@pytest.mark.parametrize("line", [b"\r\n", b"\n", b"\r"])
def test_whatever_lies_in_the_parts_and_wherever_the_line_is_cut(line: bytes) -> None:
    for seed in range(1500):
        dice = random.Random(seed)
        chunks = cut(dice, body(dice, line))
        theirs = MultipartDecoder(BOUNDARY.encode(), 4 * CHUNK, max_parts=PARTS)
        assert told(Decoder(BOUNDARY.encode()), chunks) == told(theirs, chunks), chunks
