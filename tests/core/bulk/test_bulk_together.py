"""Changes to several tips beside each other, on PostgreSQL: nobody waits for somebody who waits for them."""

import threading
from contextlib import suppress

import pytest
from sqlmodel import Session

from tests.core.making import TODAY, make_tip
from tests.core.turns import Change, in_turns
from tests.fixtures_db import Cast
from tipline.core import bulk, tags, triage
from tipline.core.bulk.steps import BulkStep
from tipline.core.tags import merging
from tipline.db import Database, is_sqlite
from tipline.errors import NotVisible, Refused
from tipline.models import Status


@pytest.fixture
def ids(database: Database, session: Session, cast: Cast) -> list[int]:
    """Four tips, two by two in two callouts."""
    if is_sqlite(database.engine):
        pytest.skip("one writer at a time")
    made = [
        make_tip(session, callout, minutes=n).id or 0 for n, callout in enumerate(2 * [cast.borders, cast.overtime])
    ]
    session.commit()
    return made


def closing(tip_id: int, cast: Cast) -> Change:
    return lambda session: triage.set_status(session, tip_id, Status.CLOSED, cast.alice)


def test_two_who_count_the_same_in_another_order_do_not_wait_for_each_other(
    database: Database, cast: Cast, ids: list[int]
) -> None:
    first, second, third, fourth = (closing(tip_id, cast) for tip_id in ids)
    assert in_turns(database, [first, second], [fourth, third]) == []


def test_two_who_chose_the_same_tips_in_another_order_do_not_wait_for_each_other(
    database: Database, cast: Cast, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    met = threading.Barrier(2)

    def change(chosen: list[int], status: Status) -> list[Change]:
        step = [BulkStep("status", status)]
        return [lambda session: bulk.at_once(session, chosen, step, cast.alice, TODAY)]

    apply = bulk.steps.apply

    def slowly(*given: object, **cause: object) -> object:
        done = apply(*given, **cause)  # type: ignore[arg-type]
        with suppress(threading.BrokenBarrierError):
            met.wait(0.5)
        return done

    monkeypatch.setattr(bulk.steps, "apply", slowly)
    assert in_turns(database, change(ids, Status.CLOSED), change(ids[::-1], Status.READY)) == []


def test_two_who_make_one_tag_at_once_both_have_it(database: Database, cast: Cast, ids: list[int]) -> None:
    def tagging(tip_id: int) -> list[Change]:
        return [
            lambda session: triage.tag(session, tip_id, ["visa"], cast.alice),
            lambda session: tags.named(session, "visa"),
        ]

    assert in_turns(database, tagging(ids[0]), tagging(ids[1])) == []


def test_a_change_is_taken_back_by_one_of_two_clicks(
    database: Database, session: Session, cast: Cast, ids: list[int]
) -> None:
    done = bulk.at_once(session, ids, [BulkStep("status", "closed")], cast.alice, TODAY)
    session.commit()
    change_id = done.change.id or 0

    def undo(session: Session) -> None:
        bulk.begin_undo(session, change_id, cast.alice)

    (refused,) = in_turns(database, [undo, lambda _: None], [undo, lambda _: None])
    assert isinstance(refused, Refused)


def test_two_who_merge_two_tags_into_each_other_do_not_wait_for_each_other(
    database: Database, session: Session, cast: Cast, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    triage.tag(session, ids[0], ["visa", "visum"], cast.alice)
    session.commit()
    one, other = (tags.find(session, name) or 0 for name in ("visa", "visum"))
    session.rollback()
    met = threading.Barrier(2)
    look = merging.to_change

    def slowly(*given: object) -> object:
        found = look(*given)  # type: ignore[arg-type]
        with suppress(threading.BrokenBarrierError):
            met.wait(0.5)
        return found

    def merge(tag_id: int, into_id: int) -> list[Change]:
        return [lambda session: merging.merge(session, tag_id, into_id, cast.alice)]

    monkeypatch.setattr(merging, "to_change", slowly)
    raised = in_turns(database, merge(one, other), merge(other, one))
    assert [type(error) for error in raised] in ([Refused], [NotVisible]), "who comes second finds it merged"
