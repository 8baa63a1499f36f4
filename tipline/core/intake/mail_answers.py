"""A reader's answer to our acknowledgement: what they put under its questions, as answers, and what they allow.

The message itself stays whole; here is only what can be told beyond doubt. Whether the mail belongs to the tip at all
was proven before (core.outgoing_mail.threads): a stranger answers nothing in somebody's name, and allows nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import func, select
from sqlmodel import Session, col

from tipline.core import vault
from tipline.core.arrival import Arrival, Automatic, ConsentChoice, GivenAnswer, Line, Part, Unsure
from tipline.core.consent import consent_by_mail, latest
from tipline.core.intake import answer_parsing, inline_answers
from tipline.core.intake.inline_answers import InlineAnswer
from tipline.core.outgoing_mail import mail_questions
from tipline.core.outgoing_mail.mail_questions import MailQuestion, MailQuestions
from tipline.core.results import answer_rows
from tipline.core.text.storable import storable
from tipline.models import MailKind, Outgoing, QuestionKind, Tip

FREE = frozenset({QuestionKind.SHORT, QuestionKind.LONG, QuestionKind.PLACE})  # any words will do for an answer


def answered(session: Session, tip: Tip, arrival: Arrival) -> Arrival:
    """The arrival with the answers that it gives, and the consent."""
    if arrival.automatic is not Automatic.NO or not arrival.lines or arrival.answers:
        return arrival
    sheet = mail_questions.sheet(session, tip)
    if sheet is None:
        return arrival
    lines = [Line(storable(line.text), line.part) for line in arrival.lines]
    said: Sequence[InlineAnswer] = inline_answers.below(sheet.asked, sheet.others, lines)
    unsure: set[Unsure] = set()
    if not said and _answers_it(session, tip, sheet, arrival):
        said = _trusted(inline_answers.numbered(sheet.asked, sheet.others, lines), sheet.language)
        said = said or _certain(inline_answers.bare(sheet.asked, lines), sheet.language)
        own = [line.text for line in lines if line.part is Part.NEW]
        unsure |= {Unsure.ANSWERS} if not said and inline_answers.looks_numbered(own) else set()
        unsure |= {Unsure.CONSENT} if not said and consent_by_mail.is_about(own) else set()
    given = _given(session, tip, said, sheet.language)
    return _with_consent(tip, replace(arrival, answers=tuple(given), unsure=frozenset(unsure)), said, sheet)


def _given(session: Session, tip: Tip, said: Sequence[InlineAnswer], language: str) -> list[GivenAnswer]:
    """What can be read. What stood in history that came along tells nothing new of a question that has an answer."""
    assert tip.id is not None
    there = answer_rows.by_origin(session, tip.id)
    found = []
    for one in said:
        question = one.asked.question
        if question is None or (not one.fresh and answer_rows.origin(session, question.id) in there):
            continue
        if given := answer_parsing.answer(question, one.text, language):
            found.append(given)
    return found


def _with_consent(tip: Tip, arrival: Arrival, said: Sequence[InlineAnswer], sheet: MailQuestions) -> Arrival:
    one = next((one for one in said if one.asked.question is None), None)
    if one is None or (not one.fresh and tip.consent is not ConsentChoice.UNKNOWN):
        return arrival
    found = answer_parsing.consent(one.text, mail_questions.CHOICES, one.asked.options)
    if found is None:
        return replace(arrival, unsure=arrival.unsure | {Unsure.CONSENT})
    choice, words = found
    if arrival.sender_confirmed is not True and latest.loosens(tip.consent, choice):
        arrival = replace(arrival, unsure=arrival.unsure | {Unsure.CONSENT})  # it does not count: see intake
    asked = one.asked.lines[0].partition(" ")[2]
    return replace(arrival, consent=choice, consent_wording=f"{asked} {words}", consent_language=sheet.language)


def _answers_it(session: Session, tip: Tip, sheet: MailQuestions, arrival: Arrival) -> bool:
    """Whether the mail answers that acknowledgement, and not a later mail whose numbers mean something else."""
    master, ids = vault.master(session), arrival.headers.in_reply_to if arrival.headers else ()
    if any(master.lookup_hash("message-id", one) == sheet.message.message_id_hash for one in ids[:5]):
        return True
    others = (col(Outgoing.tip_id) == tip.id, col(Outgoing.kind) != MailKind.PAGE_CODE)
    return session.scalar(select(func.count()).select_from(Outgoing).where(*others)) == 1


def _trusted(said: Sequence[InlineAnswer], language: str) -> Sequence[InlineAnswer]:
    """Numbers alone are ours only where what they say fits: of the questions that take no free words, at least half
    must be readable. Else it is a list of the reader's own."""
    strict = [one for one in said if one.asked.question is None or one.asked.question.kind not in FREE]
    readable = [one for one in strict if _readable(one.asked, one.text, language)]
    return said if 2 * len(readable) >= len(strict) else ()


def _certain(said: Sequence[InlineAnswer], language: str) -> Sequence[InlineAnswer]:
    """Numbers without any mark ("1 child was …") are ours only where some of what they say can be wrong and none is."""
    strict = [one for one in said if one.asked.question is None or one.asked.question.kind not in FREE]
    return said if strict and all(_readable(one.asked, one.text, language) for one in strict) else ()


def _readable(asked: MailQuestion, text: str, language: str) -> bool:
    if asked.question is None:
        return answer_parsing.consent(text, mail_questions.CHOICES, asked.options) is not None
    return answer_parsing.answer(asked.question, text, language) is not None
