"""Snippets: the place where words were found, for people who may read it."""

from sqlmodel import Session

from tests.core.making import MORNING, attach, make_tip, say
from tests.fixtures_db import Cast
from tests.plans import watching
from tipline.core.inbox import snippets
from tipline.core.inbox.snippets import Where
from tipline.core.text.search_query import query
from tipline.models import Answer, ContactEntry, ContactWay, Note, Question, QuestionKind, Tip
from tipline.sealing import new_id


def of(session: Session, cast: Cast, tips: list[Tip], typed: str, who: str = "bob") -> dict[int, tuple[str, str, str]]:
    """By tip: what kind of text, its label, and the text with its marks in brackets."""
    made = snippets.of(session, tips, query(typed).terms, getattr(cast, who))
    return {
        tip_id: (one.where, one.label, "".join(f"[{s.text}]" if s.marked else s.text for s in one.segments))
        for tip_id, one in made.items()
    }


def everything(session: Session, cast: Cast) -> Tip:
    """A tip with a text of each kind."""
    tip = make_tip(
        session, cast.borders, "My story. " + "And so on. " * 40 + "Then the 領事館 closed.", title="My story"
    )
    question = Question(callout_id=cast.borders, position=1, kind=QuestionKind.SHORT)
    session.add(question)
    session.flush()
    value = "At the Marriott, <b>since</b> May"
    session.add(Answer(id=new_id(), tip_id=tip.id, question_id=question.id, position=1, wording="Hotel?", value=value))
    session.add(Note(tip_id=tip.id, author_id=cast.bob.account_id, text="she fears the landlord", created_at=MORNING))
    session.add(
        ContactEntry(
            tip_id=tip.id, author_id=cast.bob.account_id, way=ContactWay.CALL, outcome="agreed", text="calls on Friday",
            at=MORNING, created_at=MORNING,
        )
    )  # fmt: skip
    attach(session, tip, "boarding_pass.pdf", "Passenger words " * 300 + "seat 41A near the wing")
    return tip


def test_each_kind_of_text_shows_where_the_words_stand(session: Session, cast: Cast) -> None:
    tip = everything(session, cast)

    def said(typed: str, who: str = "bob") -> tuple[str, str, str]:
        return of(session, cast, [tip], typed, who)[tip.id or 0]

    where, label, text = said("领事馆")
    assert (where, label) == (Where.STORY, "") and text.startswith("…") and text.endswith("the [領事館] closed.")
    assert said("marriott") == (Where.ANSWER, "Hotel?", "At the [Marriott], <b>since</b> May")
    assert said("fear landlords")[0::2] == (Where.NOTE, "she [fears] the [landlord]")
    assert said("friday")[0::2] == (Where.CONTACT, "agreed\ncalls on [Friday]")
    assert said("boarding")[0::2] == (Where.FILE, "[boarding]_pass.pdf")
    where, label, text = said("wings")
    assert (where, label) == (Where.INSIDE, "boarding_pass.pdf") and text.endswith("seat 41A near the [wing]")


def test_the_text_with_most_of_the_words_is_shown_and_a_title_that_says_it_all_needs_none(
    session: Session, cast: Cast
) -> None:
    tip = make_tip(session, cast.borders, "The flight was late")
    say(session, tip, "My visa came late, and no flight")
    assert of(session, cast, [tip], "visa flight")[tip.id or 0][2] == "\nMy [visa] came late, and no [flight]"
    assert of(session, cast, [tip], "flight") == of(session, cast, [tip], "flight OR nothing") == {}
    assert of(session, cast, [tip], "nothing -late") == {}


def test_words_inside_files_are_not_shown_to_those_who_may_not_open_files(session: Session, cast: Cast) -> None:
    tip = everything(session, cast)
    assert of(session, cast, [tip], "wings", "dave") == {}
    assert of(session, cast, [tip], "marriott", "dave")


def test_fifty_rows_cost_as_many_queries_as_one(session: Session, cast: Cast) -> None:
    tips = [everything(session, cast) for _ in range(4)]
    session.flush()
    counts = []
    for some in (tips[:1], tips):
        with watching(session) as watched:
            of(session, cast, some, "wings")
        counts.append(len(watched.statements))
    assert counts[0] == counts[1] <= 8


def test_a_giant_text_is_looked_into_as_far_as_it_pays(session: Session, cast: Cast) -> None:
    tip = make_tip(session, cast.borders, "start " + "word " * 60_000 + "finally", title="t")
    assert of(session, cast, [tip], "finally") == {}
    assert of(session, cast, [tip], "start")[tip.id or 0][2].startswith("\n[start] word")
