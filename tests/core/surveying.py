"""A callout with a question of each kind, and answers to it, for tests of its results."""

import itertools
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlmodel import Session

from tests.arrivals import JUNE, form
from tipline.core import callouts, intake
from tipline.core.access import Actor
from tipline.core.arrival import GivenAnswer
from tipline.core.callouts import CalloutTexts
from tipline.core.callouts.questions import QuestionDraft, QuestionTexts
from tipline.models import Account, CalloutMember, QuestionKind

K = QuestionKind
_numbers = itertools.count(1)
TOWNS = (("Wuhan", "武汉"), ("Boston", "波士顿"), ("Elsewhere", "别处"))
WORDINGS = {
    "story": (K.LONG, ("What happened?", "发生了什么？"), ()),
    "where": (
        K.ONE,
        ("Where are you?", "您在哪里？"),
        (("Wuhan", "武汉"), ("Boston", "波士顿"), ("Elsewhere", "别处")),
    ),
    "apart": (K.SEVERAL, ("Who is apart?", "谁分开了？"), (("Partner", "伴侣"), ("Children", "孩子"))),
    "alone": (K.YES_NO, ("Are you alone?", "您一个人吗？"), ()),
    "months": (K.NUMBER, ("How many months?", "几个月？"), ()),
    "trust": (K.RATING, ("How well were you told?", "通知得如何？"), ()),
    "since": (K.DATE, ("Since when?", "从何时？"), ()),
    "town": (K.PLACE, ("Which town?", "哪个城市？"), ()),
    "family": (K.SHORT, ("Your family name?", "您的姓？"), ()),
}


@dataclass(frozen=True)
class Survey:
    """The callout and its questions' ids by name."""

    callout_id: int
    ids: dict[str, int]

    def answer(self, name: str, value: str, *options: int, **more: Any) -> GivenAnswer:
        kind, wordings, _ = WORDINGS[name]
        number = float(value) if kind in (K.NUMBER, K.RATING) else None
        given = GivenAnswer(self.ids[name], wordings[0], value, name == "family", options, number)
        return replace(given, **more)


def survey(session: Session, by: Actor, *team: Actor) -> Survey:
    """An open callout in English and Chinese with every question of WORDINGS."""
    drafts = []
    for name, (kind, wordings, options) in WORDINGS.items():
        texts = {
            language: QuestionTexts(wordings[place], options=[option[place] for option in options])
            for place, language in enumerate(("en", "zh_Hans"))
        }
        most = 5 if kind is K.RATING else None
        drafts.append(QuestionDraft(None, kind, False, name == "family", texts, most=most))
    titles = {"en": CalloutTexts("Apart"), "zh_Hans": CalloutTexts("分开")}
    callout = callouts.create(session, callouts.CalloutDraft("apart", ["en", "zh_Hans"], "", None, titles, drafts), by)
    assert callout.id is not None
    callouts.open_(session, callout.id, by)
    for actor in team:
        assert session.get(Account, actor.account_id)
        session.add(CalloutMember(callout_id=callout.id, account_id=actor.account_id))
    session.flush()
    asked = callouts.form_of(session, callout, "en").questions
    return Survey(callout.id, dict(zip(WORDINGS, (question.id for question in asked), strict=True)))


def send(session: Session, of: Survey, *answers: GivenAnswer, days: int = 0, **more: Any) -> int:
    """A form with these answers, so many days after JUNE; the tip."""
    number = next(_numbers)
    arrival = form(
        f"My story {number}",
        callout_id=of.callout_id,
        submission_id=f"{number:022d}",
        answers=answers,
        asked=tuple(of.ids.values()),
        **more,
    )
    return intake.receive(session, replace(arrival, received_at=JUNE + timedelta(days=days))).tip_id
