"""A posted form as it arrives: its words first, then its files one by one, so that no file can cost the words.

The pages put a hidden mark behind the last word and before the first file. The view may commit the words once the mark
is there and take the files from the line after that. A line that breaks, a body too large, a bomb of a thousand
parts (CVE-2023-25577): whatever came until then is there, and says what is missing.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, cast

from flask import Request, g, request
from multipart import MultipartSegment, ParserLimitReached, PushMultipartParser
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge

from tipline.config import Limits
from tipline.core.arrival import SealedFile
from tipline.web import incoming_files
from tipline.web.place import place, settings

MARK = "words_end"  # the hidden field behind the last word
MB = 1024 * 1024
WORDS = 1 * MB  # bytes of all words of a form; its longest answer holds 20,000 characters
FILES = 100  # of one post; more can follow in another
PARTS = 500
CHUNK = 64 * 1024
DRAIN_SECONDS = 30  # a browser that still sends does not read our answer: take the rest and drop it


@dataclass(frozen=True, slots=True)
class Upload:
    """One file and the field it was chosen in."""

    field: str
    attachment: SealedFile


class Posted:
    """The body of one POST. `fields` are the words read so far."""

    def __init__(self, request: Request, limits: Limits) -> None:
        self.fields: MultiDict[str, str] = MultiDict()
        self.words_too_large = False
        self.cut = False  # the line broke, or the body is no form
        self.marked = False  # every word is there
        self.missed = 0  # files that did not come through: too large, too many, or cut
        self.left_out: list[str] = []  # their names, as far as they came
        self._file_limit, self._files_limit = limits.file_mb * MB, limits.files_mb * MB
        self._early: list[Upload] = []
        self.taken: list[Upload] = []  # by `read_all`
        # The limits here keep the words. Flask refuses a body by the length that it announces, before a byte of it is
        # read; None would give it MAX_CONTENT_LENGTH again.
        request.max_content_length = sys.maxsize
        if request.mimetype == "multipart/form-data" and (boundary := request.mimetype_params.get("boundary")):
            self._parts = self._multipart(request.stream, boundary)
        else:
            request.max_content_length = WORDS
            self._parts = self._urlencoded(request)

    def read_words(self) -> None:
        """Read until the mark, or to the end where a client has another order."""
        for upload in self._parts:
            if upload is None:
                return
            self._early.append(upload)

    def read_all(self) -> None:
        """Read words and files, in whatever order they stand."""
        self.taken += [upload for upload in self._parts if upload is not None]

    def files(self) -> Iterator[Upload]:
        """The files, each once, read from the line as they are asked for."""
        while self._early:
            yield self._early.pop(0)
        for upload in self._parts:
            if upload is not None:
                yield upload

    def drop_files(self) -> int:
        """Read past the files of a post that is not taken now; how many there are that did not come through."""
        for upload in self.files():
            self.missed += 1
            self.left_out.append(upload.attachment.name)
        return self.missed

    def _urlencoded(self, request: Request) -> Iterator[Upload | None]:
        try:
            self.fields = MultiDict(request.form)
        except RequestEntityTooLarge:
            self.words_too_large = True
        except ClientDisconnected:
            self.cut = True
        self.marked = MARK in self.fields
        yield from ()

    def _multipart(self, stream: IO[bytes], boundary: str) -> Iterator[Upload | None]:
        """Uploads, and None once the mark has come."""
        reader = _Reader(stream, boundary, self._files_limit * 4)
        words = files = count = 0
        try:
            for part in reader.parts():
                if part.filename is None:
                    value = reader.content(WORDS - words)
                    if value is None:
                        self.words_too_large = True
                        break
                    words += len(value)
                    self.fields.add(part.name, value.decode("utf-8", "replace"))
                    if part.name == MARK:
                        self.marked = True
                        yield None
                else:
                    room = self._files_limit - files if count < FILES else 0
                    upload = self._upload(reader, part, part.filename, room)
                    if upload is not None:
                        files, count = files + upload.attachment.data.size, count + 1
                        yield upload
        except (RequestEntityTooLarge, ParserLimitReached):
            self.words_too_large = self.words_too_large or not self.marked
            self._miss(reader)
        except (ClientDisconnected, OSError, ValueError):
            self.cut = True
            self._miss(reader)
        reader.drain()

    def _miss(self, reader: "_Reader") -> None:
        if reader.in_file:
            self.missed += 1
            self.left_out.append(reader.filename)

    def _upload(self, reader: "_Reader", part: "Part", filename: str, left: int) -> Upload | None:
        """The file that was met, sealed while it comes; None where it is too large, or the disk does not take it."""
        try:
            content = incoming_files.take(place().database.files, reader.pieces(), min(self._file_limit, left))
        except (incoming_files.TooLarge, incoming_files.NoRoom):
            self._miss(reader)
            reader.skip()
            return None
        if not filename:  # an empty field sends a part without a name
            return None
        return Upload(part.name, SealedFile(filename, content, part.kind))


@dataclass(frozen=True, slots=True)
class Part:
    """What stands above a part: `filename` is None for words, "" where no file was chosen."""

    name: str
    filename: str | None
    kind: str


def of_request() -> Posted:
    """What this request posts to a view that takes files (guards.py), read once: its words are `request.form` then."""
    if "posted" not in g:
        posted: Posted = Posted(request, settings().limits)
        posted.read_all()
        g.posted = posted
        # Where werkzeug's own parser puts what it reads; it would write large files to the disk as they are.
        request.__dict__.update(form=ImmutableMultiDict(posted.fields), files=ImmutableMultiDict())
    return cast(Posted, g.posted)


class _Reader:
    """The parts of a body, as a stream brings them."""

    def __init__(self, stream: IO[bytes], boundary: str, most: int) -> None:
        self._stream, self._left = stream, most
        # a name in no charset that we know must cost neither its file nor those behind it: `_text` reads what it can
        parser = PushMultipartParser(
            boundary.encode("latin-1", "replace"), max_segment_count=PARTS, header_charset="latin-1"
        )
        self._events = parser.parse_blocking(self._read, CHUNK)
        self.in_file = False
        self.filename = ""  # of the part in hand
        self._in_part = False

    def parts(self) -> Iterator[Part]:
        """What stands above each; its content is read, or read past, before the next one is asked for."""
        for event in self._events:
            if isinstance(event, MultipartSegment):
                filename = None if event.filename is None else _text(event.filename)
                self._in_part, self.in_file, self.filename = True, bool(filename), filename or ""
                yield Part(_text(event.name or ""), filename, event.content_type or "application/octet-stream")

    def pieces(self) -> Iterator[bytes]:
        """The content of the part that was met last, as it comes."""
        while self._in_part:
            piece = next(self._events)
            if piece is None:
                self._in_part = self.in_file = False
            else:
                yield cast(bytes, piece)

    def content(self, limit: int) -> bytes | None:
        """The same in one; None where it is longer, and then it is read past."""
        content = bytearray()
        for piece in self.pieces():
            content += piece
            if len(content) > limit:
                self.skip()
                return None
        return bytes(content)

    def skip(self) -> None:
        """Read past what is left of the part."""
        for _ in self.pieces():
            pass

    def drain(self) -> None:
        """Read what is left and drop it, within reason."""
        until = time.monotonic() + DRAIN_SECONDS
        try:
            while time.monotonic() < until and self._read(CHUNK):
                pass
        except (ClientDisconnected, RequestEntityTooLarge, OSError):
            return

    def _read(self, size: int) -> bytes:
        if self._left <= 0:
            raise RequestEntityTooLarge
        chunk = self._stream.read(size)
        self._left -= len(chunk)
        return chunk


def _text(header: str) -> str:
    return header if header.isascii() else header.encode("latin-1").decode("utf-8", "replace")
