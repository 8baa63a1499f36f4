"""What somebody wrote under a question of a mail, as the answer that a form would have given; None where that can't be
told, and then it stays in the message alone.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import date

from tipline.core.arrival import GivenAnswer
from tipline.core.callouts.questions import WITH_OPTIONS, QuestionView
from tipline.core.consent import consent_by_mail
from tipline.core.intake.inline_answers import flat
from tipline.core.outgoing_mail import question_words
from tipline.core.outgoing_mail.mail_questions import HIGHEST, LETTERS
from tipline.core.text import value_parsing
from tipline.core.text.storable import ADDRESS, LONG, SHORT
from tipline.models import QuestionKind
from tipline.vocabularies import ConsentChoice

YES_WORDS = """yes y yeah yep yup sure correct ok 是 是的 对 對 对的 對的 有 有的 会 會 能 可以 愿意 願意 好 好的 嗯
    没错 沒錯 はい 네 예 oui si sí ja sim tak да так evet نعم бале"""
NO_WORDS = """no n nope false 否 不 不是 不是的 不对 不對 没有 沒有 没 沒 无 無 不会 不會 不能 不可以 不愿意 不願意 不行
    いいえ 아니요 아니오 non nein não nao nie нет ні hayır لا не yoq"""
YES, NO = frozenset(YES_WORDS.split()), frozenset(NO_WORDS.split())
TOKEN = re.compile(r"[^\W_]+")
LETTERED = re.compile(r"[(\[]?([a-z])(?:[)\].:、。]|$)(.*)", re.DOTALL)
PIECES = re.compile(r"[,;、/+&\n]|\band\b|和|及|与|與")
RATED = re.compile(r"(\d{1,3})(?:(?:/|of|out of|分(?:之)?)\d{1,3}|分)?")
STOPS = " \t.。,，;；!！"
NONE: tuple[str, tuple[int, ...], float | None] = ("", (), None)
NOTHING = frozenset(("", "-", "--", "—", "/", "n/a", "na", "x"))


def answer(question: QuestionView, text: str, language: str) -> GivenAnswer | None:
    """The answer to a question; `language` is the one that its reader was asked in (a locale code)."""
    told = _paragraph(text)
    if flat(told) in NOTHING:
        return None
    value, options, number = _told(question, told, text.strip(), language)
    if not value:
        return None
    return GivenAnswer(question.id, question.wording, value, options=options, number=number)


def consent(text: str, choices: Sequence[ConsentChoice], options: Sequence[str]) -> tuple[ConsentChoice, str] | None:
    """The choice of consent that a text names, and its words; a bare "yes" names none."""
    said, labels = consent_by_mail.polite(_paragraph(text)), [re.split(r"[.:。：]", option)[0] for option in options]
    found = _option(said, options)
    found = _option(said, labels) if found is None else found
    return (choices[found], options[found]) if found is not None else None


def _told(question: QuestionView, told: str, whole: str, language: str) -> tuple[str, tuple[int, ...], float | None]:
    kind = question.kind
    if kind in WITH_OPTIONS:
        options = _options(told, question.options, several=kind is QuestionKind.SEVERAL)
        return "\n".join(question.options[option] for option in options), options, None
    if kind is QuestionKind.YES_NO:
        said = _yes_no(told)
        return (question_words.in_language(language).yes_no[said], (said,), None) if said is not None else NONE
    if kind is QuestionKind.NUMBER:
        number = value_parsing.number(told.strip(STOPS), language)
        return (value_parsing.written(number), (), number) if _within(question, number) and number is not None else NONE
    if kind is QuestionKind.RATING:
        return _rating(question, told, language)
    return _text(kind, told, whole, language), (), None


def _text(kind: QuestionKind, told: str, whole: str, language: str) -> str:
    if kind is QuestionKind.LONG:
        return whole if len(whole) <= LONG else ""
    line, bare = " ".join(told.split()), told.strip(STOPS)
    if kind is QuestionKind.DATE:
        return _iso(value_parsing.day(bare, language))
    if kind is QuestionKind.MONTH:
        return str(value_parsing.month(bare, language) or "")
    if kind is QuestionKind.LINK:
        return value_parsing.link(bare.strip("<>")) or ""
    if kind is QuestionKind.PHONE:
        return value_parsing.phone(bare) or ""
    if kind is QuestionKind.EMAIL:
        return bare.strip("<>") if ADDRESS.fullmatch(bare.strip("<>")) else ""
    return line if len(line) <= SHORT else ""


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _paragraph(text: str) -> str:
    """The first lines, up to an empty one: what comes after is no part of a short answer."""
    return text.strip().partition("\n\n")[0].strip()


def _within(question: QuestionView, number: float | None) -> bool:
    if number is None:
        return False
    return (question.least is None or number >= question.least) and (question.most is None or number <= question.most)


def _rating(question: QuestionView, told: str, language: str) -> tuple[str, tuple[int, ...], float | None]:
    found, most = RATED.fullmatch(flat(told).strip(STOPS)), question.most or HIGHEST
    mark = int(found[1]) if found else 0
    if not 1 <= mark <= most:
        return NONE
    return question_words.in_language(language).mark_of % {"mark": mark, "most": most}, (), float(mark)


def _yes_no(told: str) -> int | None:
    """0 for yes, 1 for no: where it begins with one of them, on its own, and says nothing of the other."""
    said = unicodedata.normalize("NFKC", told).casefold()
    words = TOKEN.findall(said)
    if not words or words[0] not in YES | NO or not _alone(said, words[0]):
        return None
    yes = words[0] in YES
    return None if set(words[1:]) & (NO if yes else YES) else int(not yes)


def _alone(said: str, word: str) -> bool:
    """Whether a mark or the end of the line stands behind the word: "No idea" is no "no"."""
    rest = said.partition(word)[2].lstrip(" \t")
    return not rest or not (rest[0].isalnum() or rest[0] in "/?")


def _options(told: str, options: Sequence[str], *, several: bool) -> tuple[int, ...]:
    """The numbers of the options that are named; none where one piece names none, or too many are named."""
    whole = _option(told, options)
    if whole is not None:
        return (whole,)
    found: list[int] = []
    for piece in _pieces(told, options):
        option = _option(piece, options)
        if option is None:
            return ()
        found.append(option)
    chosen = tuple(sorted(set(found)))
    return chosen if several or len(chosen) == 1 else ()


def _pieces(told: str, options: Sequence[str]) -> list[str]:
    """A list of options, by lines where each is one (an option may have a comma in it), else by every mark between."""
    lines = [line.strip(" \t*•-") for line in told.split("\n") if line.strip()]
    if all(_option(line, options) is not None for line in lines):
        return lines
    said = unicodedata.normalize("NFKC", told)
    spaced = said.split()
    if all(len(one) == 1 and one.isalpha() and one.isascii() for one in spaced):
        return spaced  # "A C"
    return [piece.strip() for piece in PIECES.split(said) if piece.strip(STOPS)]


def _option(piece: str, options: Sequence[str]) -> int | None:
    """The option that is named by its words, its letter, its number, or its letter and its words."""
    said, known = flat(piece).strip(STOPS), [flat(option).strip(STOPS) for option in options]
    if said in known:
        return known.index(said) if known.count(said) == 1 else None
    if said.isdecimal() and len(said) < 4:
        return int(said) - 1 if 1 <= int(said) <= len(options) else None
    lettered = LETTERED.fullmatch(said)
    if lettered is None:
        return None
    at, rest = LETTERS.index(lettered[1].upper()), lettered[2].strip(STOPS)
    return at if at < len(options) and rest in ("", known[at]) else None
