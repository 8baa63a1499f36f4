"""Tips that were joined more than once: whatever leads to one of them leads to the one that stands."""

import pytest
from sqlmodel import Session

from tests.arrivals import form, mail
from tests.core.asking import converse, make_callout
from tests.core.making import TODAY
from tests.fixtures_db import Cast
from tipline.core import intake, merge
from tipline.core.access import Actor
from tipline.core.outgoing_mail import email_codes, mail_questions, threads
from tipline.core.readers import receipts
from tipline.core.tip_page import sidebar
from tipline.core.tips import merged
from tipline.errors import NotVisible, Refused
from tipline.models import Tip


def made(session: Session, callout_id: int, of: Tip | None = None) -> Tip:
    """A tip by form; `of`, the one that it may belong to."""
    filed = intake.receive(session, form(callout_id=callout_id, submission_id=f"form-{of.id if of else 0}"))
    tip = session.get_one(Tip, filed.tip_id)
    tip.may_belong_to = of.id if of else None
    session.flush()
    return tip


def join(session: Session, tip: Tip, into: Tip, by: Actor) -> None:
    tip.may_belong_to = into.id
    assert merge.merge(session, tip.id or 0, by) == into.id


def test_codes_links_and_tokens_of_a_tip_lead_through_all_joins(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, form(callout_id=cast.borders))
    first = session.get_one(Tip, filed.tip_id)
    second, third = made(session, cast.borders), made(session, cast.borders, first)
    join(session, first, second, cast.alice)
    join(session, second, third, cast.alice)
    assert receipts.tip_by_token(session, receipts.page_token(receipts.code_of(session, filed.submission_key))) is third
    assert email_codes.tip_of(session, threads.page_token(session, first.id or 0)) is third
    ours = (threads.message_id(session, first.id or 0, "borders@meridian.example"),)
    assert threads.match(session, mail(answers=ours)).may_belong_to == third.id
    assert [one.id for one in merged.family(session, third.id or 0)] == [third.id, second.id, first.id]


def test_a_tip_joins_the_one_that_stands_for_its_target_and_never_itself(session: Session, cast: Cast) -> None:
    first = made(session, cast.borders)
    second = made(session, cast.overtime, first)
    late = made(session, cast.borders, second)
    late.may_belong_to = first.id
    join(session, first, second, cast.alice)
    assert sidebar.sheet(session, late, cast.alice, TODAY).parent is second
    assert sidebar.sheet(session, late, cast.bob, TODAY).parent is None
    with pytest.raises(NotVisible):
        merge.merge(session, late.id or 0, cast.bob)
    assert merge.merge(session, late.id or 0, cast.alice) == second.id
    assert sidebar.sheet(session, second, cast.alice, TODAY).parent is None
    with pytest.raises(Refused):
        merge.merge(session, second.id or 0, cast.alice)
    assert (second.merged_into, merged.standing(session, late.id)) == (None, second)


def test_two_that_were_merged_into_each_other_end_no_request(session: Session, cast: Cast) -> None:
    first = made(session, cast.borders)
    second = made(session, cast.borders, first)
    first.merged_into, second.merged_into = second.id, first.id
    session.flush()
    assert merged.standing(session, first.id) is None
    assert len(merged.family(session, first.id or 0)) == 2


def test_what_a_mail_asked_is_known_after_two_joins(session: Session, cast: Cast) -> None:
    talk = converse(session, make_callout(session, cast))
    second = made(session, cast.borders)
    third = made(session, cast.overtime, second)
    asked = mail_questions.sheet(session, talk.tip)
    join(session, talk.tip, second, cast.alice)
    join(session, second, third, cast.alice)
    again = mail_questions.sheet(session, third)
    assert asked is not None and again is not None and again.asked == asked.asked
