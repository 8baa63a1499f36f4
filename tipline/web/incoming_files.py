"""A file on its way in: small ones in memory, others sealed onto the disk while they come, under a key of their own.

The file on disk has no name and its key is in no database: what nobody files is gone with the request.
"""

import secrets
from collections.abc import Iterator
from itertools import chain

from tipline.errors import Refused
from tipline.sealing import KEY_BYTES, OpenKey
from tipline.sealing.chunks import Plain, Readable, seal_pieces, unseal_file
from tipline.storage import LocalFiles

IN_MEMORY = 64 * 1024  # bytes
PLACE = "incoming:0:content"


class TooLarge(Exception):
    """More came than the limit. The rest of the part is on the line still."""


class NoRoom(Exception):
    """The disk does not take it. The rest of the part is on the line still."""


class _Line(Exception):
    """The line's own error, kept apart from the disk's while both are in one loop."""


def take(store: LocalFiles, pieces: Iterator[bytes], limit: int) -> Readable:
    """Content as it comes, up to `limit` bytes. TooLarge, NoRoom, or what the line raises."""
    came = _within(pieces, limit)
    beginning = bytearray()
    try:
        for piece in came:
            beginning += piece
            if len(beginning) > IN_MEMORY:
                return _onto_disk(store, chain((bytes(beginning),), came))
    except _Line as error:
        assert error.__cause__ is not None
        raise error.__cause__ from None
    return Plain(bytes(beginning))


def _onto_disk(store: LocalFiles, pieces: Iterator[bytes]) -> Readable:
    key = OpenKey(0, secrets.token_bytes(KEY_BYTES))
    try:
        file = store.nameless()
        file.write(seal_pieces(key, pieces, PLACE))
    except (Refused, OSError):
        raise NoRoom from None
    return unseal_file(file.open, lambda _: key, PLACE)


def _within(pieces: Iterator[bytes], limit: int) -> Iterator[bytes]:
    size = 0
    while True:
        try:
            piece = next(pieces, None)
        except Exception as error:
            raise _Line from error
        if piece is None:
            return
        size += len(piece)
        if size > limit:
            raise TooLarge
        yield piece
