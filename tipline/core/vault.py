"""Sealed values of a session: data keys made, found and cached, so that other core files need not think of keys."""

import json
from collections.abc import Iterable
from functools import partial
from typing import Any, cast

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import row_batches
from tipline.db import now
from tipline.errors import SealBroken
from tipline.models import DataKey
from tipline.sealing import Master, OpenKey, new_id, seal, sealed_by, unseal
from tipline.sealing.chunks import Readable, seal_pieces, unseal_file
from tipline.storage import LocalFiles


def master(session: Session) -> Master:
    """The master key that this session's database was opened with."""
    return cast(Master, session.info["master"])


def files(session: Session) -> LocalFiles:
    """The store of large sealed files."""
    return cast(LocalFiles, session.info["files"])


def new_key(session: Session) -> OpenKey:
    """A new data key; its row is written before any that points to it."""
    key, wrapped = master(session).new_key(new_id())
    row_batches.write(session, DataKey, id=key.id, wrapped=wrapped, master_id=master(session).id, created_at=now())
    _cache(session)[key.id] = key
    return key


def key(session: Session, key_id: int) -> OpenKey:
    """The data key of an id. SealBroken where it is gone (erased) or wrapped by another master key."""
    cache = _cache(session)
    if key_id not in cache:
        row = session.get(DataKey, key_id)
        if row is None:
            raise SealBroken(f"data key {key_id} is gone: what it sealed was erased")
        cache[key_id] = master(session).unwrap(row.id, row.wrapped)
    return cache[key_id]


def warm(session: Session, key_ids: set[int]) -> None:
    """Fetch many data keys in one query, for lists."""
    cache = _cache(session)
    missing = key_ids - cache.keys()
    wanted = select(col(DataKey.id), col(DataKey.wrapped)).where(col(DataKey.id).in_(missing))
    unwrap(session, ((key_id, wrapped) for key_id, wrapped in session.execute(wanted)) if missing else ())


def unwrap(session: Session, wrapped_keys: Iterable[tuple[int, bytes]]) -> None:
    """Keep data keys that came along with the rows that they seal, as (id, wrapped key)."""
    cache, opens = _cache(session), master(session)
    for key_id, wrapped in wrapped_keys:
        if key_id not in cache:
            cache[key_id] = opens.unwrap(key_id, wrapped)


def seal_text(key_: OpenKey, text: str, place: str) -> bytes:
    """Seal text for `table:row:column`."""
    return seal(key_, text.encode(), place)


def open_bytes(session: Session, sealed: bytes, place: str) -> bytes:
    """The bytes of a sealed value, whichever data key it needs."""
    return unseal(key(session, sealed_by(sealed)), sealed, place)


def put_file(session: Session, key_: OpenKey, content: Readable, place: str) -> str:
    """Seal content for `table:row:column` into the file store, piece by piece; returns its name there."""
    return files(session).put_pieces(seal_pieces(key_, content.pieces(), place), content.size)


def open_file(session: Session, stored_as: str, place: str) -> Readable:
    """The content of a file in the store. FileNotFoundError where it is gone. Can be read when the session is over."""
    return unseal_file(partial(files(session).open, stored_as), partial(key, session), place)


def open_text(session: Session, sealed: bytes | None, place: str) -> str:
    """The text of a sealed column, "" where there is none."""
    return open_bytes(session, sealed, place).decode() if sealed else ""


def seal_json(key_: OpenKey, value: object, place: str) -> bytes:
    """Seal a JSON value for `table:row:column`."""
    return seal(key_, json.dumps(value, ensure_ascii=False).encode(), place)


def open_json(session: Session, sealed: bytes, place: str) -> Any:
    """The JSON value of a sealed column."""
    return json.loads(open_bytes(session, sealed, place))


def _cache(session: Session) -> dict[int, OpenKey]:
    return cast(dict[int, OpenKey], session.info.setdefault("keys", {}))
