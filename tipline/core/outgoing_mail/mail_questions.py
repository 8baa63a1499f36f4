"""The callout's own questions in the acknowledgement of a mail: as a list to be answered there, and what it asked.

Plain text only: every program shows it, it loads nothing, and it comes back in answers as it left. What was asked is
read from the mail that we sent, so that an answer stands under the words that it answers, whatever an editor has
changed since.
"""

import re
import string
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session, col

from tipline.core import callouts
from tipline.core.arrival import ConsentChoice
from tipline.core.callouts import questions
from tipline.core.callouts.questions import WITH_OPTIONS, QuestionView
from tipline.core.outgoing_mail import question_words
from tipline.core.outgoing_mail.question_words import QuestionWords
from tipline.core.tips import merged
from tipline.models import Callout, Event, MailKind, Message, Outgoing, Question, QuestionKind, Tip, Verb

LETTERS = string.ascii_uppercase
CHOICES = (ConsentChoice.NAME, ConsentChoice.ANONYMOUS, ConsentChoice.ASK, ConsentChoice.BACKGROUND)
HIGHEST = 5  # of a rating whose editor names no other
HEAD = re.compile(r"(\d{1,3})\. (.+)")
OPTION = re.compile(r"   ([A-Z])\. (.+)")


@dataclass(frozen=True, slots=True)
class MailQuestion:
    """One question of the list: its lines as they stand in the mail, the numbered one first. `question` is None for
    the one about consent."""

    number: int
    lines: tuple[str, ...]
    question: QuestionView | None

    @property
    def options(self) -> list[str]:
        return [found[2] for line in self.lines[1:] if (found := OPTION.fullmatch(line))]


@dataclass(frozen=True, slots=True)
class MailQuestions:
    """What one acknowledgement asked. `others` are its lines that belong to no question."""

    message: Message
    language: str
    asked: tuple[MailQuestion, ...]
    others: tuple[str, ...]


def by_mail(question: QuestionView) -> bool:
    """Whether a question is asked by mail: who somebody is stays out of it, and files are simply attached."""
    return not question.identity and question.kind is not QuestionKind.FILE and bool(question.wording)


def listed(session: Session, callout: Callout, language: str) -> list[MailQuestion]:
    """The questions that a callout asks now, numbered, and last what may be published."""
    words = question_words.in_language(language)
    asked = [one for one in callouts.form_of(session, callout, language).questions if by_mail(one)]
    numbers = {one.origin: number for number, one in enumerate(asked, 1)}
    story = next((one.id for one in asked if one.kind is QuestionKind.LONG), None)
    found = [
        MailQuestion(number, tuple(_block(words, number, one, asked, numbers, one.id == story)), one)
        for number, one in enumerate(asked, 1)
    ]
    number = len(asked) + 1
    return [*found, MailQuestion(number, tuple(_consent(words, number)), None)]


def _block(
    words: QuestionWords,
    number: int,
    one: QuestionView,
    asked: Sequence[QuestionView],
    numbers: dict[int, int],
    story: bool,
) -> list[str]:
    wording = _line(one.wording)
    lines = [f"{number}. {wording if one.required else words.optional % {'question': wording}}"]
    rule = next((o for o in asked if one.ask_if and o.origin == one.ask_if.question), None)
    if one.ask_if and rule is not None:
        named = _named(words, rule)
        said = " / ".join(named[option] for option in one.ask_if.options if option < len(named))
        lines.append("   " + words.only_if % {"number": numbers[rule.origin], "options": said})
    if one.hint:
        lines.append(f"   {_line(one.hint)}")
    if one.kind in WITH_OPTIONS:
        lines += [f"   {LETTERS[at]}. {_line(option)}" for at, option in enumerate(one.options[: len(LETTERS)])]
    if story:
        lines.append(f"   {words.story_hint}")
    if hint := kind_hint(words, one):
        lines.append(f"   {hint}")
    return lines


def _named(words: QuestionWords, rule: QuestionView) -> list[str]:
    return list(words.yes_no) if rule.kind is QuestionKind.YES_NO else [_line(option) for option in rule.options]


def _consent(words: QuestionWords, number: int) -> list[str]:
    options = [f"   {LETTERS[at]}. {option}" for at, option in enumerate(words.consents)]
    return [f"{number}. {words.consent}", *options, f"   {words.consent_hint}"]


def kind_hint(words: QuestionWords, one: QuestionView) -> str:
    """What a kind of question asks for, "" where it needs no saying."""
    if one.kind is QuestionKind.RATING:
        return words.rating % {"most": one.most or HIGHEST}
    return words.kinds.get(one.kind, "")


def _line(text: str) -> str:
    return " ".join(text.split())


def sheet(session: Session, tip: Tip) -> MailQuestions | None:
    """What the newest acknowledgement of a tip asked; None where none asked anything."""
    sent = (
        select(Message)
        .join(Outgoing, col(Outgoing.message_id) == col(Message.id))
        .where(col(Message.tip_id) == tip.id, col(Outgoing.kind) == MailKind.ACKNOWLEDGEMENT)
        .order_by(col(Message.created_at).desc(), col(Message.id).desc())
    )
    for message in session.scalars(sent.limit(5)):
        if found := _read(session, tip, message):
            return found
    return None


def _read(session: Session, tip: Tip, message: Message) -> MailQuestions | None:
    language = message.language.replace("-", "_")
    words, lines = question_words.in_language(language), message.text.split("\n")
    if words.intro not in lines or words.end not in lines:
        return None
    first = lines.index(words.intro) + 1
    stop = lines.index(words.end, first) if words.end in lines[first:] else len(lines)
    views, asked = _views(session, tip, language), []
    for number, block in _blocks(lines[first:stop]):
        question = _question(words, number, block, views)
        if question is not None or block[0] == f"{number}. {words.consent}":
            asked.append(MailQuestion(number, tuple(block), question))
    return MailQuestions(message, language, tuple(asked), (*lines[:first], *lines[stop:])) if asked else None


def _blocks(lines: Sequence[str]) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    for line in lines:
        head = HEAD.fullmatch(line)
        if head and int(head[1]) == len(found) + 1:
            found.append((int(head[1]), [line]))
        elif found and line:
            found[-1][1].append(line)
    return found


def _views(session: Session, tip: Tip, language: str) -> list[tuple[QuestionView, bool]]:
    """Every question of the tip's callout, of those where it was before, and of those whose tips were merged into it:
    in each language that it may have been asked in, and whether it is still asked."""
    family = merged.family(session, tip.id or 0)
    moved = select(col(Event.before)).where(
        col(Event.tip_id).in_([one.id for one in family]), col(Event.verb) == Verb.MOVED
    )
    theirs = {*(one.callout_id for one in family), *(int(before) for before in session.scalars(moved))}
    found = []
    for callout in session.scalars(select(Callout).where(col(Callout.id).in_(theirs))).all():
        ids = session.scalars(select(col(Question.id)).where(col(Question.callout_id) == callout.id)).all()
        for row in questions.asked(session, callout.id or 0, [one for one in ids if one is not None]):
            for spoken in dict.fromkeys((language, *callout.languages)):
                found.append((questions.view(row, spoken, callout.languages), not row.row.retired))
    return found


def _question(
    words: QuestionWords, number: int, block: Sequence[str], views: Sequence[tuple[QuestionView, bool]]
) -> QuestionView | None:
    """The question that these lines asked. Of several that say the same, the one of the same kind, or still asked."""
    options = MailQuestion(number, tuple(block), None).options
    fitting = []
    for view, stands in views:
        wording = _line(view.wording)
        heads = f"{number}. {wording}", f"{number}. {words.optional % {'question': wording}}"
        wanted = [_line(option) for option in view.options[: len(LETTERS)]] if view.kind in WITH_OPTIONS else []
        if by_mail(view) and block[0] in heads and options == wanted:
            hint = kind_hint(words, view)
            fitting.append((not hint or f"   {hint}" in block, bool(hint), stands, view.id, view))
    return max(fitting, key=lambda one: one[:4])[4] if fitting else None
