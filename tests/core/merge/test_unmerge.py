"""Two tips that were joined are taken apart again, and each has what it had."""

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import delete, select
from sqlmodel import Session, col

from tests.arrivals import form, mail
from tests.core.making import TODAY
from tests.core.merge.test_merge import asked, chose, join, public, told
from tests.fixtures_db import Cast
from tipline.core import consent, inbox, intake, merge, readers, triage, vault
from tipline.core.access import Actor
from tipline.core.accounts.teams import Audience, AudienceMember
from tipline.core.arrival import Attachment, ConsentChoice
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.merge import unmerge
from tipline.core.retention import erasure
from tipline.db import now
from tipline.errors import NotVisible, Refused
from tipline.models import (
    Answer,
    AnswerChoice,
    Event,
    Highlight,
    IdentityAnswer,
    Message,
    MovedRow,
    Note,
    ReaderContact,
    Tip,
    TipAccess,
    TipTag,
    Verb,
)  # fmt: skip

__all__ = ["asked"]
NAME, BACKGROUND, ASK = ConsentChoice.NAME, ConsentChoice.BACKGROUND, ConsentChoice.ASK


def by_mail(session: Session, cast: Cast, sender: str, text: str = "Stuck since January.", **more: Any) -> Tip:
    arrival = mail(text, sender=sender, message_id=f"{sender}-{len(text)}", callout_id=cast.borders, **more)
    return session.get_one(Tip, intake.receive(session, arrival).tip_id)


def part(session: Session, cast: Cast, tip: Tip) -> None:
    unmerge.unmerge(session, tip.id or 0, cast.alice)
    session.commit()
    session.expire_all()


def rows_of(session: Session, table: Any, tip: Tip) -> list[Any]:
    return list(session.scalars(select(table).where(table.tip_id == tip.id).order_by(table.id)))


def found(session: Session, words: str, by: Actor) -> set[int | None]:
    rows = inbox.page(session, Filters.parse(words, ZoneInfo("UTC")), by, TODAY).rows
    return {row.tip.id for row in rows}


def test_each_gets_back_what_was_its_own_sealed_for_its_own_reader(session: Session, cast: Cast) -> None:
    photo = Attachment("visa.jpg", b"\xff\xd8\xff" + b"x" * 60, "image/jpeg")
    target = by_mail(session, cast, "mei@mail.example", "First story")
    tip = by_mail(session, cast, "mei@work.example", "Second story", attachments=(photo,), signature="Mei, 138")
    triage.note(session, tip.id or 0, "Call her", cast.bob)
    triage.tag(session, tip.id or 0, ["visa"], cast.bob)
    headers = rows_of(session, Message, tip)[0].headers
    counted = set(counters.read(session, cast.alice))
    assert merge.merge(session, tip.id or 0, cast.bob, TODAY, into=target.id) == target.id
    session.commit()
    assert readers.knows(session, target.reader_id, "mei@work.example")
    assert (target.files, target.photos, len(rows_of(session, Message, target))) == (1, 1, 2)
    part(session, cast, tip)
    assert [row.text for row in rows_of(session, Message, target)] == ["First story"]
    message = rows_of(session, Message, tip)[0]
    assert readers.open_headers(session, message)["from"] == [["Mei Chen", "mei@work.example"]]
    assert message.headers != headers, "it was sealed anew"
    assert vault.open_text(session, message.signature, f"message:{message.id}:signature") == "Mei, 138"
    assert [row.text for row in rows_of(session, Note, tip)] == ["Call her"] and not rows_of(session, Note, target)
    assert (tip.merged_into, tip.files, tip.photos, target.files, target.photos) == (None, 1, 1, 0, 0)
    assert not readers.knows(session, target.reader_id, "mei@work.example")
    assert [row.tip_id for row in session.scalars(select(TipTag))] == [tip.id]
    assert set(counters.read(session, cast.alice)) == counted
    assert (found(session, "First", cast.bob), found(session, "Second", cast.bob)) == ({target.id}, {tip.id})


def test_what_came_since_stays_and_what_was_split_or_erased_meanwhile_does_not_come_back(
    session: Session, cast: Cast
) -> None:
    target, tip = by_mail(session, cast, "a@mail.example"), by_mail(session, cast, "b@mail.example", "Other")
    merge.merge(session, tip.id or 0, cast.alice, TODAY, into=target.id)
    intake.receive(session, mail("I am home.", sender="b@mail.example", message_id="x", tip_id=target.id))
    assert unmerge.came_since(session, tip.id or 0, target.id or 0) == 1
    part(session, cast, tip)
    assert [row.text for row in rows_of(session, Message, tip)] == ["Other"]
    assert rows_of(session, Message, target)[-1].text == "I am home."
    assert tip.reader_wrote_at < target.reader_wrote_at


def test_both_answers_to_one_question_are_there_again(session: Session, cast: Cast, asked: list[int]) -> None:
    target = told(session, cast, chose(asked[0], 0))
    tip = told(session, cast, chose(asked[1], 1, withheld=True), of=target)
    row = public(session, target, rows_of(session, Answer, target)[0].id)
    join(session, cast, tip)
    assert row.answer_id == rows_of(session, Answer, target)[0].id and row.published_at is None
    part(session, cast, tip)
    for one, option in ((target, 0), (tip, 1)):
        answers = rows_of(session, Answer, one)
        assert [(answer.value, answer.withheld) for answer in answers] == [(f"Option {option}", option == 1)]
        choices = session.scalars(select(AnswerChoice).where(col(AnswerChoice.tip_id) == one.id)).all()
        assert [choice.option for choice in choices] == [option]
    session.refresh(row)
    assert row.answer_id == rows_of(session, Answer, target)[0].id and row.published_at is None


def test_an_answer_that_joining_kept_out_of_print_is_free_again(session: Session, cast: Cast, asked: list[int]) -> None:
    target = told(session, cast, chose(asked[0], 0, withheld=True))
    tip = told(session, cast, chose(asked[1], 1), of=target)
    join(session, cast, tip)
    assert rows_of(session, Answer, target)[0].withheld
    part(session, cast, tip)
    assert rows_of(session, Answer, target)[0].withheld and not rows_of(session, Answer, tip)[0].withheld


def test_each_allows_what_its_own_reader_said(session: Session, cast: Cast) -> None:
    target = told(session, cast, choice=NAME)
    tip = told(session, cast, choice=BACKGROUND, of=target)
    join(session, cast, tip)
    assert target.consent is BACKGROUND
    part(session, cast, tip)
    assert (target.consent, tip.consent) == (NAME, BACKGROUND)
    for one in (target, tip):
        assert [entry.choice for entry in consent.history(session, one.id or 0)] == [one.consent]


@pytest.mark.parametrize(("said", "of_tip"), [(BACKGROUND, BACKGROUND), (NAME, ASK)])
def test_what_the_reader_said_since_counts_for_both_where_it_is_stricter(
    session: Session, cast: Cast, said: ConsentChoice, of_tip: ConsentChoice
) -> None:
    target = told(session, cast, choice=NAME)
    tip = told(session, cast, choice=ASK, of=target)
    join(session, cast, tip)
    consent.change(session, target, said, today=TODAY, by=cast.bob)
    part(session, cast, tip)
    assert (target.consent, tip.consent) == (said, of_tip)
    assert consent.history(session, tip.id or 0)[0].choice == of_tip


def test_it_is_taken_apart_from_either_side_by_undo_and_can_be_joined_again(session: Session, cast: Cast) -> None:
    target = told(session, cast)
    tip = told(session, cast, of=target)
    for _ in range(2):
        merge.merge(session, tip.id or 0, cast.bob, TODAY, into=target.id)
        done = triage.undo(session, _newest(session, target).id or 0, cast.bob)
        assert {one.verb for one in done} == {Verb.UNMERGED} and tip.merged_into is None
    merge.merge(session, tip.id or 0, cast.bob, TODAY, into=target.id)
    triage.undo(session, _newest(session, tip).id or 0, cast.bob)
    assert tip.merged_into is None
    with pytest.raises(Refused):
        unmerge.unmerge(session, tip.id or 0, cast.bob)


def _newest(session: Session, tip: Tip) -> Event:
    query = select(Event).where(col(Event.tip_id) == tip.id, col(Event.verb) == Verb.MERGED)
    return session.scalars(query.order_by(col(Event.id).desc()).limit(1)).one()


def test_joins_in_a_row_come_apart_from_the_last_on(session: Session, cast: Cast) -> None:
    one, two, three = (by_mail(session, cast, f"{name}@mail.example", name * 9) for name in "abc")
    merge.merge(session, one.id or 0, cast.alice, TODAY, into=two.id)
    merge.merge(session, two.id or 0, cast.alice, TODAY, into=three.id)
    with pytest.raises(Refused):
        unmerge.unmerge(session, one.id or 0, cast.alice)
    part(session, cast, two)
    part(session, cast, one)
    assert [[row.text for row in rows_of(session, Message, tip)] for tip in (one, two, three)] == [
        ["a" * 9], ["b" * 9], ["c" * 9],
    ]  # fmt: skip


def test_who_sees_only_one_of_them_neither_joins_nor_parts(session: Session, cast: Cast) -> None:
    tip = told(session, cast)
    other = session.get_one(Tip, intake.receive(session, form(callout_id=cast.overtime, submission_id="o")).tip_id)
    for by in (cast.bob, cast.carol):
        with pytest.raises(NotVisible):
            merge.merge(session, tip.id or 0, by, TODAY, into=other.id)
    merge.merge(session, tip.id or 0, cast.alice, TODAY, into=other.id)
    for by in (cast.bob, cast.carol):
        with pytest.raises(NotVisible):
            unmerge.unmerge(session, tip.id or 0, by)


def test_a_restricted_tip_joins_one_with_the_same_people_alone(session: Session, cast: Cast) -> None:
    tip, other = told(session, cast), told(session, cast, of=told(session, cast))
    tip.restricted = True
    session.add(TipAccess(tip_id=tip.id or 0, account_id=cast.alice.account_id))
    session.flush()
    for one, into in ((tip, other), (other, tip)):
        with pytest.raises(Refused):
            merge.merge(session, one.id or 0, cast.alice, TODAY, into=into.id)
    other.restricted = True
    session.add(TipAccess(tip_id=other.id or 0, account_id=cast.alice.account_id))
    session.flush()
    merge.merge(session, tip.id or 0, cast.alice, TODAY, into=other.id)
    unmerge.unmerge(session, tip.id or 0, cast.alice)
    assert counters.read(session, cast.alice) == [] or all(n for *_, n in counters.read(session, cast.alice))


def test_erasing_either_works_joined_and_parted(session: Session, cast: Cast, asked: list[int]) -> None:
    target = told(session, cast, chose(asked[0], 0))
    tip = told(session, cast, chose(asked[1], 1), of=target)
    join(session, cast, tip)
    part(session, cast, tip)
    erasure.erase(session, target.id or 0, cast.alice)
    assert [row.value for row in session.scalars(select(Answer))] == ["Option 1"]
    other = told(session, cast, chose(asked[0], 0))
    merge.merge(session, session.scalars(select(col(Tip.id)).where(col(Tip.id) != other.id)).one(), cast.alice,
                 TODAY, into=other.id)  # fmt: skip
    erasure.erase(session, other.id or 0, cast.alice)
    for table in (Tip, Answer, IdentityAnswer, ReaderContact, MovedRow, Message):
        assert not session.scalars(select(table)).all(), table


def test_an_old_joining_of_which_nothing_was_kept_is_left_alone(session: Session, cast: Cast) -> None:
    target = told(session, cast)
    tip = told(session, cast, of=target)
    join(session, cast, tip)
    session.execute(delete(MovedRow))
    with pytest.raises(Refused):
        unmerge.unmerge(session, tip.id or 0, cast.alice)
    assert tip.merged_into == target.id


def test_what_joining_will_do_is_known_before(session: Session, cast: Cast, asked: list[int]) -> None:
    target = session.get_one(
        Tip, intake.receive(session, form(callout_id=cast.overtime, submission_id="o", consent=NAME)).tip_id
    )
    tip = told(session, cast, chose(asked[1], 1), choice=BACKGROUND)
    plan = merge.plan(session, tip.id or 0, target.id, cast.alice)
    assert (plan.target, plan.consent, plan.overlap) == (target, BACKGROUND, [])
    assert plan.audience == Audience(
        [AudienceMember("Bob", 1), AudienceMember("Dave", 1)], [AudienceMember("Carol", 1)]
    )
    other = told(session, cast, chose(asked[0], 0), of=tip)
    assert merge.plan(session, tip.id or 0, other.id, cast.alice).overlap == ["Where?"]


def test_marks_of_passages_go_along_both_ways(session: Session, cast: Cast) -> None:
    target = told(session, cast)
    tip = told(session, cast, of=target)
    message = rows_of(session, Message, tip)[0]
    session.add(
        Highlight(tip_id=tip.id or 0, message_id=message.id, begin=0, passage="Story",
                  author_id=cast.bob.account_id, created_at=now())
    )  # fmt: skip
    session.flush()
    join(session, cast, tip)
    assert rows_of(session, Highlight, target)
    part(session, cast, tip)
    assert rows_of(session, Highlight, tip)
