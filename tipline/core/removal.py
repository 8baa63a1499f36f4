"""Bytes that leave the file store with the transaction that forgets them, so that a rollback never leaves a row
without its file."""

from collections.abc import Iterable

from sqlalchemy import event
from sqlmodel import Session

from tipline.core import vault

REMOVALS = "files to remove"  # in session.info: names in the store, until the commit


def after_commit(session: Session, names: Iterable[str]) -> None:
    """Remove these from the file store once this transaction is committed."""
    waiting: list[str] | None = session.info.get(REMOVALS)
    if waiting is None:
        waiting = session.info[REMOVALS] = []
        event.listen(session, "after_commit", _remove)
        event.listen(session, "after_rollback", _keep)
    waiting += names


def _remove(session: Session) -> None:
    store = vault.files(session)
    for name in session.info[REMOVALS]:
        store.remove(name)
    session.info[REMOVALS] = []


def _keep(session: Session) -> None:
    session.info[REMOVALS] = []
