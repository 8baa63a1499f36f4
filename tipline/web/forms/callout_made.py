"""Making the builder's form: blank, from what was posted, from a callout that is there, and rearranged."""

from collections.abc import Sequence
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField
from wtforms.fields.choices import SelectChoice

from tipline.core.callouts import CalloutDraft, QuestionDraft
from tipline.core.callouts.callout_texts import TEXTS
from tipline.core.callouts.reuse import moved
from tipline.models import QuestionKind
from tipline.paths import CATALOGUES
from tipline.web.forms.callout import CalloutForm, TextsForm
from tipline.web.forms.callout_question import (
    KEY,
    QuestionForm,
    QuestionTextsForm,
    blank_question,
    fields_of,
    new_key,
)
from tipline.web.forms.fields import number_of

MAX_QUESTIONS = 60
DATES = ("opens_on", "opens_time", "closes_on", "closes_time")
AREAS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")


@cache
def _zones() -> tuple[str, ...]:
    return ("UTC", *sorted(name for name in available_timezones() if name.startswith(AREAS)))


def form_for(
    offered: tuple[str, ...], posted: "MultiDict[str, str] | None" = None, data: dict[str, Any] | None = None
) -> CalloutForm:
    """The form in the newsroom's languages."""
    texts = {language: FormField(QuestionTextsForm) for language in offered}
    question: type[QuestionForm] = type("Question", (QuestionForm,), texts)
    question.languages = offered
    fields: dict[str, Any] = {f"text_{language}": FormField(TextsForm) for language in offered}
    fields["questions"] = FieldList(FormField(question), max_entries=MAX_QUESTIONS)
    made: type[CalloutForm] = type("Callout", (CalloutForm,), fields)
    made.offered = offered
    form = made(posted, data=data)
    form.same = posted.getlist("same") if posted else ()
    form.languages.choices = [SelectChoice(language, language) for language in offered]
    form.timezone.choices = [SelectChoice("", _l("The newsroom's")), *(SelectChoice(name) for name in _zones())]
    _keyed(form)
    return form


def _keyed(form: CalloutForm) -> None:
    """Each question has a key of its own, whatever was posted."""
    seen: set[str] = set()
    for one in form.asked():
        if not KEY.match(one.key.data or "") or one.key.data in seen:
            one.key.data = f"q{one.id.data}" if one.id.data and f"q{one.id.data}" not in seen else new_key()
        seen.add(one.key.data)


def blank(offered: tuple[str, ...]) -> CalloutForm:
    """A new callout: all languages, and the question that nearly every callout begins with."""
    first = {**blank_question(), "offered": "1", "kind": QuestionKind.LONG.value, "required": True, "publish": True}
    for language in offered:
        if language in CATALOGUES:
            with force_locale(language):
                first[language] = {"wording": _("What happened?")}
    return form_for(offered, data={"languages": list(offered), "anonymous": True, "questions": [first]})


def filled(
    draft: CalloutDraft, version: int, offered: tuple[str, ...], newsroom: ZoneInfo, team: Sequence[int]
) -> CalloutForm:
    """The form of a callout that is there."""
    zone = ZoneInfo(draft.timezone) if draft.timezone else newsroom
    opens = draft.opens_at.astimezone(zone) if draft.opens_at else None
    closes = draft.closes_at.astimezone(zone) if draft.closes_at else None
    same = ("slug", "mail_address", "mail_subject", "acknowledge", "ask_by_mail", "timezone", "anonymous", "indexed")
    data: dict[str, Any] = {name: getattr(draft, name) for name in (*same, "gallery")}
    data |= {
        "version": str(version),
        "opens_on": opens.date() if opens else None,
        "opens_time": opens.time() if opens else None,
        "closes_on": closes.date() if closes else None,
        "closes_time": closes.time() if closes else None,
        "retention_days": str(draft.retention_days or ""),
        "embed_origins": "\n".join(draft.embed_origins),
        "languages": list(draft.languages),
        "team": list(team),
        "team_was": ",".join(str(one) for one in team),
        "questions": _asked(draft.questions),
    }
    for language, said in draft.texts.items():
        data[f"text_{language}"] = {name: getattr(said, name) for name in TEXTS}
    return form_for(offered, data=data)


def _asked(questions: Sequence[QuestionDraft], keys: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Questions as the form's data. `keys` are those that stand before them."""
    all_keys = [*keys, *(f"q{one.id}" if one.id else new_key() for one in questions)]
    return [fields_of(one, all_keys[len(keys) + place], all_keys) for place, one in enumerate(questions)]


def rearranged(form: CalloutForm, act: str) -> CalloutForm:
    """The same form after one of its buttons: "add", "up:2", "down:2", "move:4:0", "remove:2" or "refresh:2"."""
    verb, _colon, rest = act.partition(":")
    numbers = [number_of(part) for part in (*rest.split(":"), "")[:2]]
    at, to = (-1 if number is None else number for number in numbers)
    data = dict(form.data)  # made anew at each look
    asked: list[dict[str, Any]] = data["questions"]
    to = {"up": at - 1, "down": at + 1, "move": to}.get(verb, -1)
    said, key = "", ""
    if verb == "add" and len(asked) < MAX_QUESTIONS:
        asked.append(blank_question())
        key, said = asked[-1]["key"], _("Question %(number)s was added.", number=len(asked))
    elif verb == "remove" and 0 <= at < len(asked):
        del asked[at]
        key = asked[min(at, len(asked) - 1)]["key"] if asked else ""
        said = _("Question %(number)s was removed.", number=at + 1)
    elif verb in ("up", "down", "move") and 0 <= at < len(asked) and 0 <= to < len(asked):
        one = asked.pop(at)
        asked.insert(to, one)
        key, said = one["key"], _("Now question %(number)s of %(all)s.", number=to + 1, all=len(asked))
    elif verb == "refresh" and 0 <= at < len(asked):
        key = asked[at]["key"]
    elif verb in ("up", "down") and 0 <= at < len(asked):
        key, said = asked[at]["key"], _("It stands at the end of the list already.")
    return _again(form, data, said, (verb, key))


def with_more(form: CalloutForm, added: Sequence[QuestionDraft]) -> CalloutForm:
    """The same form with questions from elsewhere behind its own."""
    data = dict(form.data)
    asked: list[dict[str, Any]] = data["questions"]
    room = moved(added[: MAX_QUESTIONS - len(asked)], len(asked))
    more = _asked(room, [one["key"] for one in asked])
    asked.extend(more)
    said = _("%(number)s questions were added.", number=len(more))
    return _again(form, data, said, ("add", more[0]["key"] if more else ""))


def _again(form: CalloutForm, data: dict[str, Any], said: str, focus: tuple[str, str]) -> CalloutForm:
    fresh = form_for(form.offered, data=data)
    for name in DATES:  # what can't be read as a date stays as it was typed
        fresh[name].raw_data = form[name].raw_data
    fresh.said, fresh.focus, fresh.same = said, focus, form.same
    return fresh
