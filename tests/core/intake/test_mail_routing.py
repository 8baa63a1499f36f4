"""Which callout a mail is for, and that no two callouts claim the same."""

from dataclasses import replace

import pytest
from sqlmodel import Session

from tests.fixtures_db import Cast
from tests.mails import mail
from tipline.core import callouts
from tipline.core.callouts import CalloutDraft, CalloutTexts, QuestionDraft, QuestionTexts
from tipline.core.intake import mail_routing
from tipline.errors import Refused
from tipline.mail import parse
from tipline.models import Callout, CalloutStatus, QuestionKind


def goes_to(session: Session, default: str = "", **headers: str) -> int:
    return mail_routing.routes(session, default).of(parse.arrival(mail(**headers)))


def draft(slug: str, *, address: str = "", subject: str = "") -> CalloutDraft:
    asked = [QuestionDraft(None, QuestionKind.LONG, True, False, {"en": QuestionTexts("What happened?")})]
    texts = {"en": CalloutTexts(slug.title())}
    return CalloutDraft(slug, ["en"], address, None, texts, asked, mail_subject=subject)


def made(session: Session, cast: Cast, slug: str, *, address: str = "", subject: str = "") -> Callout:
    """A callout that is open."""
    callout = callouts.create(session, draft(slug, address=address, subject=subject), cast.alice)
    return callouts.open_(session, callout.id or 0, cast.alice)


def test_mail_goes_to_the_callout_it_was_written_to(session: Session, cast: Cast) -> None:
    assert goes_to(session, to="Borders@Meridian.example") == cast.borders
    assert goes_to(session, to="overtime+k3x@meridian.example") == cast.overtime
    assert goes_to(session, Delivered_To="overtime@meridian.example") == cast.overtime
    assert goes_to(session, X_Original_To="overtime@meridian.example") == cast.overtime
    assert goes_to(session, Cc="Overtime <overtime@meridian.example>") == cast.overtime
    general = goes_to(session)
    assert general not in (cast.borders, cast.overtime)
    assert goes_to(session, "borders") == cast.borders
    assert goes_to(session, "not-there") == general


@pytest.mark.parametrize("stamp", ["Delivered_To", "X_Original_To", "Envelope_To", "X_Envelope_To"])
def test_of_a_mail_to_two_callouts_each_gets_the_copy_that_was_delivered_to_it(
    session: Session, cast: Cast, stamp: str
) -> None:
    both = {"to": "borders@meridian.example", "Cc": "overtime@meridian.example"}
    for address, callout in (("borders", cast.borders), ("overtime+k3x", cast.overtime)):
        assert goes_to(session, **both, **{stamp: f"{address}@meridian.example"}) == callout
    assert goes_to(session, **both, **{stamp: "tips@meridian.example"}) == cast.borders
    aliased = {"X_Original_To": "overtime@meridian.example", "Delivered_To": "borders@meridian.example"}
    assert goes_to(session, **both, **aliased) == cast.overtime
    one = {"to": "borders@meridian.example", stamp: "overtime@meridian.example"}
    assert goes_to(session, **one) == cast.borders, "an alias is delivered elsewhere than it was written to"


def test_an_address_with_a_plus_of_its_own_goes_before_the_one_it_hangs_on(session: Session, cast: Cast) -> None:
    rail = made(session, cast, "rail", address="borders+Rail@meridian.example").id
    assert goes_to(session, to="borders+rail@meridian.example") == rail
    assert goes_to(session, to="borders+rail+k3x@meridian.example") == rail
    assert goes_to(session, to="borders+other@meridian.example") == cast.borders


@pytest.mark.parametrize(
    ("rule", "subject", "fits"),
    [
        ("closed borders", "The CLOSED borders, and my family", True),
        ("closed borders", "Borders that closed", True),
        ("closed borders", "Undisclosed borders", False),
        ("Visa", "Advisable?", False),
        ("visa", "ｖｉｓａ problems", True),
        ("visa", "Re: visa-free travel", True),
        ("visa", "签证visa问题", True),
        ("边境", "因邊境關閉而滯留", True),
        ("滞留", "回复：我滞留在上海", True),
        ("滞留", "我在上海", False),
        ("café", "Le CAFÉ est fermé", True),
    ],
)
def test_the_words_of_a_rule_are_found_whole_in_any_case_width_and_order(
    session: Session, cast: Cast, rule: str, subject: str, fits: bool
) -> None:
    found = made(session, cast, "rail", subject=rule).id
    assert (goes_to(session, subject=subject) == found) is fits


def test_the_address_goes_before_the_subject_and_that_before_the_mailbox(session: Session, cast: Cast) -> None:
    rail = made(session, cast, "rail", subject="rail").id
    assert goes_to(session, to="overtime@meridian.example", subject="On the rail") == cast.overtime
    assert goes_to(session, "borders", subject="On the rail") == rail
    assert goes_to(session, "borders", subject="On the road") == cast.borders


def test_of_two_rules_that_fit_the_one_that_says_more_decides(session: Session, cast: Cast) -> None:
    rail = made(session, cast, "rail", subject="rail").id
    strike = made(session, cast, "strike", subject="rail strike").id
    assert goes_to(session, subject="The rail strike") == strike
    assert goes_to(session, subject="Rail fares") == rail


def test_paused_and_closed_callouts_still_get_their_mail(session: Session, cast: Cast) -> None:
    rail = made(session, cast, "rail", address="rail@meridian.example", subject="rail")
    for turn in (callouts.pause, callouts.close):
        turn(session, rail.id or 0, cast.alice)
        assert goes_to(session, to="rail@meridian.example") == rail.id
        assert goes_to(session, subject="rail") == rail.id


def test_one_in_the_archive_keeps_its_address_until_another_takes_it(session: Session, cast: Cast) -> None:
    old = made(session, cast, "rail", address="rail@meridian.example", subject="rail")
    callouts.close(session, old.id or 0, cast.alice)
    callouts.archive(session, old.id or 0, cast.alice)
    assert goes_to(session, to="rail@meridian.example") == old.id
    assert goes_to(session, "borders", subject="rail") == cast.borders
    young = made(session, cast, "rail-again", address="Rail@meridian.example", subject="rail")
    assert goes_to(session, to="rail@meridian.example") == young.id
    with pytest.raises(Refused, match="takes the mail to this address"):
        callouts.bring_back(session, old.id or 0, cast.alice)
    assert old.status is CalloutStatus.ARCHIVED


def test_two_callouts_cannot_claim_one_address_or_the_same_words(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused, match="takes the mail to this address"):
        callouts.create(session, draft("rail", address="BORDERS@meridian.example"), cast.alice)
    made(session, cast, "visas", subject="visa 签证")
    with pytest.raises(Refused, match="with these words in the subject"):
        callouts.create(session, draft("rail", subject="簽證， VISA"), cast.alice)
    rail = made(session, cast, "rail", address="rail@meridian.example", subject="visa")
    wanted = callouts.draft_of(session, rail)
    callouts.change(session, rail.id or 0, wanted, cast.alice, rail.version)  # its own claims are no one else's
    with pytest.raises(Refused, match="takes the mail to this address"):
        wanted = replace(wanted, mail_address="overtime@meridian.example")
        callouts.change(session, rail.id or 0, wanted, cast.alice, rail.version)
    with pytest.raises(Refused, match="at least one word"):
        callouts.create(session, draft("signs", subject="—!"), cast.alice)
