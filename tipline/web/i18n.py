"""Languages, time zones, and how times, sizes and languages are written on pages."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import cast
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates
from flask import Flask, g, request
from flask_babel import Babel, LazyString, force_locale, get_locale, gettext
from markupsafe import Markup

from tipline import paths
from tipline.core.text import language
from tipline.core.tips.reminders import Weekday
from tipline.paths import CATALOGUES
from tipline.web import labels
from tipline.web.place import settings
from tipline.web.signin import SignedIn

OWN_NAMES = {"zh_Hans": "简体中文", "zh_Hant": "繁體中文"}  # shorter than CLDR's
SHORT = "MMMd"  # a skeleton of CLDR: "Jun 25"
RELATIVE_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class LanguageLink:
    """One entry of the language switch."""

    code: str
    name: str
    tag: str
    url: str
    current: bool


def init(app: Flask) -> None:
    Babel(
        app,
        default_locale="en",
        default_translation_directories=str(paths.TRANSLATIONS),
        locale_selector=_locale,
        timezone_selector=lambda: zone().key,
    )
    # A lazy string calls itself safe HTML (flask-babel 4.0), whatever was put into it: make it a plain one first.
    app.jinja_env.finalize = lambda value: str(value) if isinstance(value, LazyString) else value
    app.jinja_env.filters.update(
        ago=ago,
        age=age,
        exact=exact,
        day=day,
        moment=moment,
        filesize=filesize,
        language_name=language_name,
        language_tag=language_tag,
    )
    app.jinja_env.filters.update(labels.FILTERS)
    app.jinja_env.globals.update(
        html_lang=html_lang,
        html_dir=html_dir,
        html_locale=lambda: str(get_locale()),
        language_links=language_links,
        newsroom=_newsroom,
    )


def _newsroom() -> object:
    return settings().newsroom


def _person() -> SignedIn | None:
    """Who is signed in, where the guard already asked; public pages have nobody."""
    person: SignedIn | None = g.get("signed_in")
    return person


def _locale() -> str:
    if person := _person():
        return person.locale if person.locale in CATALOGUES else "en"
    offered = settings().newsroom.languages
    for tag in (request.args.get("lang", ""), *(tag for tag, _ in request.accept_languages)):
        if code := language.nearest(tag, offered):
            return code
    return offered[0]


def speaking(language: str) -> AbstractContextManager[None]:
    """The page speaks a language during the block: mostly it does already, and then nothing is looked up anew."""
    if str(get_locale()) == language:
        return nullcontext()
    return cast(AbstractContextManager[None], force_locale(language))


def own_name(code: str) -> str:
    """A language in its own words: "简体中文"."""
    try:
        name = Locale.parse(code).get_display_name(code)
    except (ValueError, UnknownLocaleError):
        return code
    return OWN_NAMES.get(code) or (name or code)


def zone() -> ZoneInfo:
    """The time zone of this page: the person's, else the newsroom's."""
    person = _person()
    return ZoneInfo(person.timezone if person else settings().newsroom.timezone)


def html_lang() -> str:
    """The page's language as an HTML tag."""
    return language_tag(str(get_locale()))


def html_dir() -> str:
    """Which way the page's language is written: "ltr" or "rtl"."""
    return str(get_locale().text_direction)


def language_tag(code: str) -> str:
    """ "zh_Hans" as HTML writes it: zh-Hans."""
    return code.replace("_", "-")


@lru_cache(maxsize=500)
def lang_attribute(code: str) -> Markup:
    """The lang attribute of a text in another language, for voices and fonts."""
    return Markup(' lang="{}"').format(language_tag(code)) if code else Markup("")


def language_links(codes: list[str] | None = None) -> list[LanguageLink]:
    """This page in each language; the address keeps all else that it carries."""
    current = str(get_locale())
    links = []
    for code in codes or settings().newsroom.languages:
        args = request.args.copy()
        args["lang"] = code
        query = urlencode(list(args.items(multi=True)))
        links.append(LanguageLink(code, own_name(code), language_tag(code), f"?{query}", code == current))
    return links


def language_name(code: str) -> str:
    """A language in the words of the page's: "zh-Hans" is "Chinese (Simplified)"; an unknown code is itself."""
    try:
        found = Locale.parse(code.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return code
    return found.get_display_name(get_locale()) or code


def today() -> date:
    """The day where the person is."""
    return datetime.now(zone()).date()


def exact(at: datetime) -> str:
    """A moment to the minute, in the page's zone, which is named: "22 June 2021, 09:14 GMT+8"."""
    return _exact(at.replace(second=0, microsecond=0), zone(), get_locale())


@lru_cache(maxsize=20_000)  # lists show the same ones over and over, and each costs as much as half of its row
def _exact(at: datetime, here: ZoneInfo, locale: Locale) -> str:
    local = at.astimezone(here)
    name = dates.get_timezone_name(local, "short", locale=locale)
    day_ = dates.format_date(local, "long", locale=locale)
    return f"{day_}, {dates.format_time(local, 'short', locale=locale)} {name}"


def moment(at: datetime, timezone: str = "") -> str:
    """A time that a reader elsewhere can read: "31 July 2021, 18:00 (Beijing)" in the page's language.

    `timezone` is the callout's, "" for the newsroom's.
    """
    locale, here = get_locale(), ZoneInfo(timezone) if timezone else zone()
    local = at.astimezone(here)
    place_name = dates.get_timezone_location(here, locale=locale, return_city=True)
    return (
        f"{dates.format_date(local, 'long', locale)}, {dates.format_time(local, 'short', locale=locale)} ({place_name})"
    )


def day(on: date | datetime, form: str = "medium") -> str:
    """A day, in the page's zone."""
    value = on.astimezone(zone()).date() if isinstance(on, datetime) else on
    return _day(value, form, get_locale())


@lru_cache(maxsize=5_000)
def _day(value: date, form: str, locale: Locale) -> str:
    if form == SHORT:
        return str(dates.format_skeleton(SHORT, value, locale=locale))
    return str(dates.format_date(value, form, locale=locale))


def short_day(on: date | datetime) -> str:
    """A day in a list: "Jun 25"; of another year with it."""
    value = on.astimezone(zone()).date() if isinstance(on, datetime) else on
    if value.year != today().year:
        return day(value)
    return _day(value, SHORT, get_locale())


def weekday(on: Weekday) -> str:
    """A day of the week by its name."""
    return str(dates.get_day_names(locale=get_locale())[list(Weekday).index(on)])


def ago(at: datetime | None) -> Markup:
    """How long ago: "2 hours ago", a date after a week; the exact time on hover."""
    return _time(at, direction=True)


def age(at: datetime | None) -> Markup:
    """As `ago`, in the few letters of a list: "2h"."""
    return _time(at, direction=False)


def _time(at: datetime | None, *, direction: bool) -> Markup:
    if at is None:
        return Markup()
    passed = datetime.now(UTC) - at
    minutes = None if abs(passed) > RELATIVE_FOR else passed // timedelta(minutes=1)
    return _written(at.replace(microsecond=0), minutes, zone(), get_locale(), today().year, direction=direction)


@lru_cache(maxsize=20_000)  # lists show the same times over and over
def _written(
    at: datetime, minutes: int | None, _here: ZoneInfo, locale: Locale, _year: int, *, direction: bool
) -> Markup:
    """A time as pages write it, in the page's zone and language; `minutes`: since then, where they are said."""
    if minutes is None:
        text = day(at) if direction else short_day(at)
    elif minutes == 0:
        text = gettext("just now") if direction else gettext("now")
    else:
        text = _passed(minutes, locale, direction=direction)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        at.astimezone(UTC).isoformat(timespec="seconds"), exact(at), text
    )


@lru_cache(maxsize=20_000)
def _passed(minutes: int, locale: Locale, *, direction: bool) -> str:
    return dates.format_timedelta(
        timedelta(minutes=-minutes),
        granularity="minute",
        add_direction=direction,
        threshold=1.2 if direction else 1,  # in a list "26h" beside "1d" only makes one think
        format="long" if direction else "narrow",
        locale=locale,
    )


def filesize(size: int) -> str:
    """A size as people read it: "3.2 MB"."""
    value = float(size)
    for unit in ("B", "kB", "MB"):
        if value < 1000:
            return f"{value:.0f} {unit}" if unit == "B" or value >= 100 else f"{value:.1f} {unit}"
        value /= 1000
    return f"{value:.1f} GB"
