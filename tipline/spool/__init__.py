"""The spool: forms that the database could not take, or that came while many did, wait in a folder, sealed and fsynced,
until the worker files them, a moment later or when the database takes them in. So does what readers add on their pages.

A form is one record of a segment (segments.py) with its words, and one file for each attachment, named by the keyed
hash of its reader's code: receipt and reader's page find it there. The data key of each stands beside it, wrapped by
the master key. Filing goes by the same submission id and words as a form that is sent, so that nothing is filed twice,
whoever is killed and whoever sends again. The folder is this machine's: the worker beside the web process files it.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session

from tipline.core import intake
from tipline.core.arrival import Arrival, Attached, SealedFile, Source
from tipline.core.intake import Filed, drafts, submissions
from tipline.core.readers import receipts
from tipline.db import OUT_OF_REACH, Database
from tipline.errors import NotVisible, SealBroken
from tipline.sealing import WRAPPED, Master, OpenKey, new_id, seal, sealed_by, unseal
from tipline.sealing.chunks import Readable, Rest, seal_pieces, unseal_file
from tipline.spool.segments import DAMAGED, Record, Segments, segments_in
from tipline.storage import PART, write_durably

log = logging.getLogger("tipline.spool")

MAGIC = b"tipline spool 1\n"
LENGTH = 4  # bytes before what is said of a file, big endian
FILE = ".file"
UNFINISHED = 86_400.0  # seconds after which nobody writes a file any more
DATABASE_WAIT_SECONDS = 1.0  # seconds that the worker waits for the database; it comes again soon
TURN_SECONDS = 1.0  # seconds after which the worker sees to its other jobs
GAP = 0.005  # seconds between two, in which others get to write
OPENED = 500  # of those that wait are opened to see how things stand


@dataclass(frozen=True, slots=True)
class SpoolStatus:
    """What waits: forms, since when the oldest does, and what does not open (kept, and never filed)."""

    waiting: int = 0
    since: datetime | None = None
    damaged: int = 0


@dataclass(frozen=True, slots=True)
class Spooled:
    """The words of a form as they lie in the spool. `before`: ids of draft files that came earlier are smaller."""

    arrival: Arrival
    before: int


SPOOLED: TypeAdapter[Spooled] = TypeAdapter(Spooled)


@dataclass(frozen=True, slots=True)
class SpoolEntry:
    """The words of a form, by their record, or a file by its name. `form` is its reader's hashed code."""

    form: str
    came_at: float  # seconds
    what: Record | str


class Damaged(Exception):
    """What does not open, or does not say what a form says."""


@dataclass
class Spool:
    """The folder, and the key to it."""

    root: Path
    master: Master
    reported: set[Record | str] = field(default_factory=set)  # whose trouble stands in the log already

    @property
    def segments(self) -> Segments:
        return segments_in(self.root)

    @classmethod
    def of(cls, database: Database) -> "Spool":
        """The spool of a newsroom: beside its large sealed files."""
        return cls(database.files.root.parent / "spool", database.master)

    def put_words(self, arrival: Arrival, code_hash: str = "") -> str:
        """Keep a form durably, or with `code_hash` what a reader adds on their page; its key, which is a form's
        receipt's. Refused or OSError where the disk does not take it."""
        key = intake.submission_key(arrival)
        name = code_hash or self._hash(key)
        words = replace(arrival, attachments=()) if arrival.attachments else arrival
        data_key, wrapped = self.master.new_key(new_id())
        sealed = seal(data_key, SPOOLED.dump_json(Spooled(words, new_id())), _place(name))
        self.segments.put(name, wrapped, sealed)
        return key

    def put_file(self, submission_key: str, attached: Attached, code_hash: str = "") -> None:
        """Keep an attachment, whether its words lie here or are filed. As `put_words` with `code_hash` and errors."""
        mark = hashlib.blake2b(attached.name.encode("utf-8", "replace") + b"\0", digest_size=16)
        for piece in attached.data.pieces():
            mark.update(piece)
        # keyed: whoever sees the folder must not be able to tell which known picture lies in it
        alike = self.master.lookup_hash("spool", submission_key + mark.hexdigest())[:32]
        name = f"{code_hash or self._hash(submission_key)}.{alike}{FILE}"
        if not self._is_there(name):
            said: dict[str, Any] = {"key": submission_key, "name": attached.name, "added": bool(code_hash)}
            said["declared_type"] = attached.declared_type
            self._write(name, json.dumps(said).encode(), attached.data)

    def find(self, code_hash: str) -> Arrival | None:
        """The form that waits under a reader's code (`receipts.code_hash`); None for none that opens."""
        return next((one for one in self._under_code(code_hash) if one.source is not Source.PAGE), None)

    def added(self, code_hash: str) -> list[Arrival]:
        """What waits of that which a reader added on their page, in the order in which it came, each once."""
        found = [one for one in self._under_code(code_hash) if one.source is Source.PAGE]
        return list({intake.submission_key(one): one for one in found}.values())

    def _under_code(self, code_hash: str) -> Iterator[Arrival]:
        for record in sorted(self.segments.find(code_hash), key=lambda record: record.came_at):
            with suppress(Damaged, FileNotFoundError):
                yield self._words(record).arrival

    def files(self, code_hash: str) -> int:
        """How many attachments wait under a reader's code."""
        return sum(name.endswith(FILE) for name in self._under(code_hash))

    def forget(self, code_hash: str) -> None:
        """Remove whatever waits under a reader's code: they took it back. No power cut brings it back."""
        for record in self.segments.find(code_hash):
            self.segments.take_out(record)
        for name in self._under(code_hash):
            self._path(name).unlink(missing_ok=True)
        self.segments.settle()  # what the worker filed a moment ago, too, or it would be filed again

    def standing(self) -> SpoolStatus:
        """What waits now. Opens those that wait longest: what does not open stays, and is among them soon."""
        forms, damaged, oldest = set(), len(self._named(DAMAGED)), None
        for n, one in enumerate(sorted(self._waiting(), key=lambda one: one.came_at)):
            try:
                if n < OPENED:
                    self._check(one.what)
            except Damaged:
                damaged += 1
                continue
            except FileNotFoundError:  # the worker was faster
                continue
            oldest = min(oldest or one.came_at, one.came_at)
            if isinstance(one.what, Record):
                forms.add(one.form)
        return SpoolStatus(len(forms), datetime.fromtimestamp(oldest, UTC) if oldest else None, damaged)

    def tidy(self) -> None:
        """Remove what was never finished: its process was killed, and nobody was told that we have it."""
        for path in self._paths():
            with suppress(FileNotFoundError):
                if path.suffix == PART and path.stat().st_mtime < time.time() - UNFINISHED:
                    path.unlink()

    def file(self, database: Database) -> bool:
        """File what waits, in the order in which it came, for a moment; whether there may be more. The database's
        trouble ends it until the next time. A job of the worker."""
        ends_at = time.monotonic() + TURN_SECONDS
        for one in self._in_order():
            try:
                self._file_one(database, one.what)
            except OUT_OF_REACH:
                return False
            except FileNotFoundError:
                continue
            except Exception as error:  # noqa: BLE001  one that can't be filed must not block the others
                self._report(one, error)
            if time.monotonic() > ends_at:
                return True
            time.sleep(GAP)
        self.segments.tidy()
        return False

    def file_words(self, database: Database, code_hash: str) -> None:
        """File the words under a reader's code at once, since they ask for it; quiet where that is done already.
        OperationalError where the database takes nothing in."""
        for record in self.segments.find(code_hash):
            with suppress(FileNotFoundError, Damaged):
                self._file_words(database, record)

    def _file_one(self, database: Database, what: Record | str) -> None:
        if isinstance(what, Record):
            self._file_words(database, what)
        else:
            self._file_attachment(database, what)

    def _file_words(self, database: Database, record: Record) -> None:
        spooled = self._words(record)
        try:
            with database.writing(DATABASE_WAIT_SECONDS) as session:
                filed = intake.receive(session, _belonging(session, record, spooled.arrival))
                if not self.segments.has(record):  # filed and deleted by its reader, while this waited for its turn
                    return
                session.commit()
        except NotVisible:  # the tip that it answers for was erased meanwhile: it goes too
            if spooled.arrival.source is Source.PAGE:  # its files follow; a form under this code stays
                self.segments.take_out(record)
                self.segments.settle()
            else:
                self.forget(record.name)
            return
        self._file_drafted(database, spooled, filed)
        # only now: whoever is killed before it does all of this again, which adds nothing
        self.segments.take_out(record)

    def _file_drafted(self, database: Database, spooled: Spooled, filed: Filed) -> None:
        """Files that came with an earlier try of this form, which did not pass, wait in its draft. It goes too, unless
        something came after this."""
        submission_id = spooled.arrival.submission_id.partition("-")[0]
        with database.reading() as session:
            kept = drafts.take(session, submission_id)
        if kept is None:
            return
        earlier = [file.id for file in kept.files if file.id < spooled.before]
        for file_id in earlier:
            with database.writing(DATABASE_WAIT_SECONDS) as session:
                submissions.attach(session, filed, drafts.attachment(session, submission_id, file_id))
                drafts.drop_file(session, submission_id, file_id)
                session.commit()
        if len(earlier) == len(kept.files) and kept.at <= spooled.arrival.received_at:
            with database.writing(DATABASE_WAIT_SECONDS) as session:
                drafts.forget(session, submission_id)
                session.commit()

    def _file_attachment(self, database: Database, name: str) -> None:
        said, content = self._read(name)
        try:
            key, attached = said["key"], SealedFile(said["name"], content, said["declared_type"])
        except KeyError:
            raise Damaged from None
        with database.writing(DATABASE_WAIT_SECONDS) as session:
            filed = submissions.filed(session, key)
            if filed is None and not self._is_left(said, name):
                return  # its words wait too
            if filed is not None:
                submissions.attach(session, filed, attached)
                session.commit()
        self._path(name).unlink(missing_ok=True)

    def _is_left(self, said: dict[str, Any], name: str) -> bool:
        """Whether a file was added to a tip that was erased meanwhile: what is added has its words here before it."""
        return bool(said.get("added")) and not self.segments.find(name.partition(".")[0])

    def _report(self, one: SpoolEntry, error: Exception) -> None:
        if one.what not in self.reported:
            self.reported.add(one.what)
            log.error("spool, %s: %s; it is kept", one.form[:12], type(error).__name__)

    def _hash(self, submission_key: str) -> str:
        return receipts.hash_by(self.master, submission_key)

    def _words(self, record: Record) -> Spooled:
        wrapped, sealed = self.segments.read(record)
        try:
            data_key = self.master.unwrap(sealed_by(sealed), wrapped)
            return SPOOLED.validate_json(unseal(data_key, sealed, _place(record.name)))
        except (SealBroken, ValidationError):
            raise Damaged from None

    def _is_there(self, name: str) -> bool:
        """Whether the same lies here already and opens; what does not open is put aside, not written over."""
        if not self._path(name).exists():  # mostly
            return False
        try:
            self._check(name)
        except FileNotFoundError:  # the worker filed it at this moment
            return False
        except Damaged:
            self._path(name).rename(self._path(f"{name}.{new_id()}{DAMAGED}"))
            return False
        return True

    def _write(self, name: str, said: bytes, content: Readable) -> None:
        key, wrapped = self.master.new_key(new_id())
        plain = chain((len(said).to_bytes(LENGTH, "big") + said,), content.pieces())
        sealed = seal_pieces(key, plain, f"spool:{name}:content")
        write_durably(self._path(name), chain((MAGIC, wrapped), sealed), len(said) + content.size)

    def _read(self, name: str) -> tuple[dict[str, Any], Readable]:
        path, head = self._path(name), len(MAGIC) + WRAPPED
        with path.open("rb") as file:
            wrapped = file.read(head)[len(MAGIC) :]

        def opened() -> BinaryIO:
            return path.open("rb")

        def unwrap(key_id: int) -> OpenKey:
            return self.master.unwrap(key_id, wrapped)

        try:
            plain = unseal_file(opened, unwrap, f"spool:{name}:content", head)
            end = LENGTH + int.from_bytes(b"".join(plain.pieces(0, LENGTH)), "big")
            said: dict[str, Any] = json.loads(b"".join(plain.pieces(LENGTH, end)))
        except (SealBroken, ValueError):
            raise Damaged from None
        return said, Rest(plain, end)

    def _check(self, what: Record | str) -> None:
        """Damaged where words or a file do not open, to the end."""
        if isinstance(what, Record):
            self._words(what)
            return
        _, content = self._read(what)
        try:
            for _ in content.pieces():
                pass
        except SealBroken:
            raise Damaged from None

    def _in_order(self) -> list[SpoolEntry]:
        """What is to be filed: form by form, words before files; what was in trouble before comes last."""
        waiting = sorted(self._waiting(), key=lambda one: one.came_at)
        came: dict[str, int] = {}
        for one in waiting:
            came.setdefault(one.form, len(came))
        return sorted(waiting, key=lambda one: (one.what in self.reported, came[one.form], isinstance(one.what, str)))

    def _waiting(self) -> list[SpoolEntry]:
        words = [SpoolEntry(record.name, record.came_at, record) for record in self.segments.records()]
        return words + [SpoolEntry(path.name.partition(".")[0], at, path.name) for path, at in self._named(FILE)]

    def _named(self, kind: str) -> list[tuple[Path, float]]:
        """The files of a kind, and when they were written."""
        found = []
        for path in self._paths():
            with suppress(FileNotFoundError):  # the worker took it away meanwhile
                if path.suffix == kind:
                    found.append((path, path.stat().st_mtime))
        return found

    def _under(self, code_hash: str) -> list[str]:
        """Names of what waits under a reader's code."""
        return [path.name for path in self._paths() if code_hash and path.name.startswith(code_hash)]

    def _paths(self) -> list[Path]:
        try:
            return list(self.root.iterdir())
        except FileNotFoundError:  # no folder yet
            return []

    def _path(self, name: str) -> Path:
        return self.root / name


def _belonging(session: Session, record: Record, arrival: Arrival) -> Arrival:
    """What was added while nobody knew whose page it was goes to the tip of that page. NotVisible where it is gone."""
    if arrival.source is not Source.PAGE or arrival.tip_id is not None:
        return arrival
    tip = receipts.tip_by_hash(session, record.name)
    if tip is None:
        raise NotVisible("tip")
    return replace(arrival, tip_id=tip.id)


def _place(name: str) -> str:
    return f"spool:{name}:words"
