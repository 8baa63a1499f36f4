"""What looks like spam, and what must never: by signs that add up, and by what reporters taught."""

import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlmodel import Session, col

from tests.arrivals import JUNE, form, mail
from tests.fixtures_db import Cast
from tipline.core import inbox, intake, merge, spam, triage
from tipline.core.arrival import Arrival, GivenAnswer, Sign
from tipline.core.counts import counters
from tipline.core.filters import Filters
from tipline.core.retention import erasure
from tipline.core.spam import recent_stories, training
from tipline.core.spam.recent_stories import RecentStories, numbers_of
from tipline.core.text.search_query import words
from tipline.db import Database
from tipline.models import Event, SpamLesson, SpamWord, Status, Tip, Verb

OFFER = (
    "We improve the ranking of your website with guaranteed backlinks. Our experts bring buyers to your pages within "
    "days. Order the cheap package now: https://rank.example/a https://rank.example/b https://rank.example/c"
)
STORIES = [
    "My mother is in hospital in Harbin and I have not been let across the border since January.",
    "The school at the crossing closed, so our daughter has been living with my sister in Vladivostok.",
    "They cancelled my visa twice, and nobody at the consulate picks up the phone any more.",
    "I drive lorries through the pass; we sleep in the cabin for ten days before anyone tests us.",
    "My husband works in Shenzhen, I live in Lo Wu, and we meet at the fence on Sundays.",
]


def receive(session: Session, arrival: Arrival) -> Tip:
    filed = intake.receive(session, arrival)
    session.flush()
    return session.get_one(Tip, filed.tip_id)


def another(n: int, text: str, **more: Any) -> Arrival:
    return form(text, **{"submission_id": f"form-{n}", **more})


def teach(session: Session, cast: Cast, spam_texts: list[str], ham_texts: list[str]) -> None:
    """alice calls the first spam and works on the others, days before anything else comes."""
    for n, text in enumerate([*spam_texts, *ham_texts]):
        came = JUNE - timedelta(days=n + 3)
        tip = intake.receive(session, form(text, submission_id=f"lesson-{n}-{hash(text)}", callout_id=cast.borders))
        session.get_one(Tip, tip.tip_id).received_at = came
        triage.set_status(session, tip.tip_id, Status.SPAM if n < len(spam_texts) else Status.REVIEWING, cast.alice)
    session.commit()


@pytest.fixture(autouse=True)
def no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process that has just started."""
    recent_stories._recent.clear()


HONEST = {
    "afraid and short": form("please help me"),
    "shouted": form("THEY TOOK MY SON AT THE BORDER AND NOBODY TELLS ME WHERE HE IS!!! PLEASE HELP US PLEASE!!!"),
    "in Chinese": form(
        "我们一家三口被困在上海已经十八个月了，签证过期，孩子没有学校可以上，请帮帮我们。", language="zh-Hans"
    ),
    "in Russian": form("Мой сын в Харбине, границу закрыли в январе, нас не пускают обратно.", language="ru"),
    "with evidence": form(
        "Here is what they sent us: https://files.example/letter.pdf https://files.example/photo1.jpg "
        "https://files.example/photo2.jpg"
    ),
    "typed ahead and pasted at once": form(
        "I had this ready in a file: they closed the crossing.", signs=(Sign.QUICK,)
    ),
    "a form that a browser filled in by itself": form("We are stuck in Lo Wu.", signs=(Sign.TRAP,)),
    "by mail, a link alone": mail("https://news.example/story", subject=""),
}


@pytest.mark.parametrize("which", sorted(HONEST))
def test_who_is_afraid_short_loud_foreign_or_has_links_is_not_filed_as_spam(
    session: Session, cast: Cast, which: str
) -> None:
    tip = receive(session, HONEST[which])
    assert tip.status is Status.NEW and tip.spam_score < spam.LINE


def test_no_sign_reaches_the_line_alone_however_strong() -> None:
    assert max(*spam.POINTS.values(), spam.ALIKE[0][1], spam.TAUGHT) < spam.LINE


def test_what_only_a_program_does_is_filed_as_spam_and_says_why(session: Session, cast: Cast) -> None:
    tip = receive(session, form(OFFER, signs=(Sign.TRAP, Sign.QUICK), callout_id=cast.borders))
    assert (tip.status, tip.spam_score) == (Status.SPAM, 95)
    assert spam.signs_of(session, [tip.id or 0]) == {tip.id: [Sign.TRAP, Sign.QUICK, Sign.LINKS]}
    change = session.scalars(select(Event).where(col(Event.verb) == Verb.STATUS)).one()
    assert (change.actor, change.before, change.after) == ("system", "new", "spam")
    assert counters.total(session, cast.alice, [cast.borders], [Status.SPAM]) == 1
    assert counters.total(session, cast.alice, [cast.borders], [Status.NEW]) == 0
    found = inbox.ids(session, Filters.parse("status:spam"), cast.alice, JUNE.date(), 10)
    assert found == [tip.id]


def test_a_hundred_people_who_send_an_associations_words_are_not_filed_as_spam(session: Session, cast: Cast) -> None:
    text = "As a member of the drivers' union I ask you to report on the closed pass. My name is {} and I wait in {}."
    tips = [receive(session, another(n, text.format(f"Name{n}", f"Town{n}"))) for n in range(100)]
    assert {tip.status for tip in tips} == {Status.NEW}
    assert tips[0].spam_score == 0 and tips[99].spam_score == 45
    assert list(spam.signs_of(session, [tips[99].id or 0]).values()) == [[Sign.SAME]]


def test_a_campaign_of_one_template_filled_in_by_a_program_is(session: Session, cast: Cast) -> None:
    text = "Dear editor number {}, our clinic offers the newest treatment at half the price, only this week, call {}."
    tips = [receive(session, another(n, text.format(n, n * 7), signs=(Sign.QUICK,))) for n in range(30)]
    assert tips[1].status is Status.NEW and tips[29].status is Status.SPAM
    slow = receive(session, another(99, text.format(99, 5)))
    assert (slow.status, slow.spam_score) == (Status.NEW, 45), "what takes its time is read, and shows its score"


def test_one_open_form_that_sends_many_stories_is_a_sign(session: Session, cast: Cast) -> None:
    tips = [receive(session, form(f"{STORIES[n % 5]} {n} {n * 3}", signs=(Sign.QUICK,))) for n in range(7)]
    assert [tip.spam_score for tip in tips] == [25, 25, 25, 25, 25, 55, 55]
    assert spam.signs_of(session, [tips[5].id or 0])[tips[5].id or 0] == [Sign.QUICK, Sign.REUSED]
    assert {tip.may_belong_to for tip in tips[1:]} == {tips[0].id}


def test_choices_and_the_callouts_own_words_make_no_two_answers_alike(session: Session, cast: Cast) -> None:
    chosen = GivenAnswer(
        0, "Where do you wait, and for how long have you been there?", "At the crossing of Lo Wu", options=(1,)
    )
    for n in range(30):
        arrival = form(f"{chosen.wording}\n{chosen.value}", submission_id=f"chosen-{n}", answers=(chosen,))
        assert spam.judge(session, arrival).score == 0


def test_the_same_mail_fetched_in_a_second_try_is_not_another_one_like_it(session: Session, cast: Cast) -> None:
    for _ in range(10):
        assert spam.judge(session, mail(STORIES[0])).score == 0


def test_what_a_reporter_types_in_is_never_judged(session: Session, cast: Cast) -> None:
    filed = intake.receive(session, mail(OFFER), by=cast.bob)
    assert session.get_one(Tip, filed.tip_id).spam_score == 0


def test_a_flood_alone_makes_nobody_spam_and_the_memory_stays_small() -> None:
    recent, at_door = RecentStories(), 0
    for n in range(recent_stories.MAX_STORIES + 500):
        _, at_door = recent.meet(
            n, 1, JUNE, numbers_of(words(f"story {n} " + " ".join(f"w{n}x{i}" for i in range(20))))
        )
    assert at_door >= recent_stories.MAX_STORIES - 1
    assert len(recent._order) == recent_stories.MAX_STORIES == len(recent._known)
    assert len(recent._counts) <= recent_stories.MAX_STORIES * recent_stories.NUMBERS + 1


def test_an_old_mailbox_read_in_one_go_is_no_flood_and_no_campaign(session: Session, cast: Cast) -> None:
    newest = JUNE
    for n in range(30):
        arrival = mail(
            "Dear editors, once more I ask you to write about the pass and its closed gates.", message_id=f"m{n}"
        )
        verdict = spam.judge(session, Arrival(**{**_fields(arrival), "received_at": newest - timedelta(days=n)}))
        assert verdict.score == 0


def _fields(arrival: Arrival) -> dict[str, Any]:
    return {name: getattr(arrival, name) for name in Arrival.__dataclass_fields__}


def test_what_reporters_call_spam_is_known_when_it_comes_again(session: Session, cast: Cast) -> None:
    fresh = another(1, OFFER.replace("cheap", "new"))
    assert receive(session, fresh).spam_score == 20
    teach(session, cast, [f"{OFFER} {n}" for n in range(5)], STORIES)
    recent_stories._recent.clear()
    tip = receive(session, another(2, OFFER.replace("cheap", "best")))
    assert tip.status is Status.SPAM and tip.spam_score >= 70
    assert Sign.TAUGHT in spam.signs_of(session, [tip.id or 0])[tip.id or 0]
    for n, told in enumerate(["My mother is stuck behind the border since January.", "help us please", STORIES[2]]):
        assert receive(session, another(10 + n, told)).spam_score == 0


def test_lessons_in_one_language_say_nothing_about_another(session: Session, cast: Cast) -> None:
    teach(session, cast, [f"{OFFER} {n}" for n in range(5)], STORIES)
    assert training.chance(session, "en-GB", OFFER) > 0.9
    assert training.chance(session, "zh-Hans", OFFER) == 0


def test_nothing_is_learnt_before_both_kinds_were_seen(session: Session, cast: Cast) -> None:
    teach(session, cast, [f"{OFFER} {n}" for n in range(8)], [])
    assert training.chance(session, "en", OFFER) == 0


def counts(session: Session) -> tuple[int, int, int]:
    found = session.execute(
        select(func.coalesce(func.sum(col(SpamWord.spam)), 0), func.coalesce(func.sum(col(SpamWord.ham)), 0))
    ).one()
    return int(found[0]), int(found[1]), session.scalar(select(func.count()).select_from(SpamLesson)) or 0


def test_a_change_of_mind_takes_the_lesson_back(session: Session, cast: Cast) -> None:
    tip = receive(session, another(1, STORIES[0], callout_id=cast.borders))
    session.commit()
    triage.set_status(session, tip.id or 0, Status.SPAM, cast.bob)
    session.commit()
    spam_words, ham_words, taught = counts(session)
    assert spam_words > 10 and (ham_words, taught) == (0, 1)
    triage.set_status(session, tip.id or 0, Status.NEW, cast.bob)
    session.commit()
    assert counts(session) == (0, spam_words, 1)
    triage.set_status(session, tip.id or 0, Status.REVIEWING, cast.bob)
    session.commit()
    assert counts(session) == (0, spam_words, 1), "one lesson a tip"


def test_a_lesson_is_undone_by_undo(session: Session, cast: Cast) -> None:
    tip = receive(session, another(1, STORIES[0], callout_id=cast.borders))
    event = triage.set_status(session, tip.id or 0, Status.SPAM, cast.bob)
    session.commit()
    assert event is not None and event.id is not None
    triage.undo(session, event.id, cast.bob)
    session.commit()
    assert counts(session)[0] == 0


def test_who_is_not_spam_goes_back_to_new_with_nothing_said_against_them(session: Session, cast: Cast) -> None:
    tip = receive(session, form(OFFER, signs=(Sign.TRAP, Sign.QUICK), callout_id=cast.borders))
    triage.set_status(session, tip.id or 0, Status.NEW, cast.bob)
    assert (tip.status, tip.spam_score) == (Status.NEW, 0)
    assert counters.total(session, cast.alice, [cast.borders], [Status.NEW]) == 1


def test_erasing_takes_the_lesson_back_and_leaves_no_word(session: Session, cast: Cast) -> None:
    tip = receive(session, another(1, STORIES[0], callout_id=cast.borders))
    triage.set_status(session, tip.id or 0, Status.SPAM, cast.alice)
    session.commit()
    erasure.erase(session, tip.id or 0, cast.alice)
    session.commit()
    assert counts(session) == (0, 0, 0)
    assert session.scalar(select(func.count()).select_from(SpamWord)) == 0


def test_who_erases_and_who_teaches_the_same_words_do_not_wait_for_each_other_for_ever(
    session: Session, cast: Cast, database: Database
) -> None:
    taught, tip = (receive(session, another(n, STORIES[0], callout_id=cast.borders)) for n in range(2))
    triage.set_status(session, taught.id or 0, Status.SPAM, cast.alice)
    session.commit()
    triage.set_status(session, tip.id or 0, Status.SPAM, cast.alice)
    session.flush()
    entered, failed = threading.Event(), []

    def erase() -> None:
        entered.set()
        try:
            with database.writing() as other:
                erasure.erase(other, taught.id or 0, cast.alice)
                other.commit()
        except Exception as error:  # noqa: BLE001  shown by the test
            failed.append(error)

    thread = threading.Thread(target=erase)
    thread.start()
    assert entered.wait(5)
    time.sleep(0.3)  # it has come to where somebody else counts
    session.commit()
    thread.join(30)
    assert failed == [] and not thread.is_alive()
    assert counts(session)[2] == 1


def test_what_a_tip_taught_is_taken_back_before_its_words_move(session: Session, cast: Cast) -> None:
    tip = receive(session, another(1, STORIES[0], callout_id=cast.borders))
    triage.set_status(session, tip.id or 0, Status.REVIEWING, cast.alice)
    session.commit()
    tip.may_belong_to = receive(session, another(2, STORIES[1], callout_id=cast.borders)).id
    merge.merge(session, tip.id or 0, cast.alice)
    session.commit()
    assert counts(session) == (0, 0, 0)


def test_nothing_is_learnt_of_a_restricted_tip(session: Session, cast: Cast) -> None:
    tip = receive(session, another(1, STORIES[0], callout_id=cast.borders))
    triage.set_status(session, tip.id or 0, Status.SPAM, cast.alice)
    tip.restricted = True
    session.commit()
    assert counts(session) == (0, 0, 0)


def test_what_is_rolled_back_teaches_nothing(session: Session, cast: Cast) -> None:
    tip = receive(session, another(1, STORIES[0], callout_id=cast.borders))
    session.commit()
    triage.set_status(session, tip.id or 0, Status.SPAM, cast.alice)
    session.rollback()
    session.commit()
    assert counts(session) == (0, 0, 0)


def test_many_stories_of_one_form_are_not_looked_through_each_time(session: Session, cast: Cast) -> None:
    first = receive(session, form("the first words"))
    for n in range(8):
        receive(session, form(f"{n} {STORIES[n % 5]}"))
    again = intake.receive(session, form("the first words"))
    assert again.duplicate and again.tip_id == first.id
