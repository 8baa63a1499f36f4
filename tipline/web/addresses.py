"""Where readers find a callout: its page, its frame, its answers, a short way there; and what other sites are told."""

from dataclasses import dataclass
from typing import Any

from babel.core import get_global
from flask import Flask, url_for

from tipline.core.callouts import CalloutView
from tipline.web.i18n import language_tag
from tipline.web.place import settings

MAX_DESCRIPTION_LENGTH = 200  # characters of a description


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same page in another language; `tag` is "x-default" where the reader's browser decides."""

    tag: str
    url: str


def init(app: Flask) -> None:
    app.jinja_env.globals.update(public_url=url, in_other_languages=in_other_languages)
    app.jinja_env.filters.update(territorial=territorial, one_line=one_line)


def url(endpoint: str, **values: Any) -> str:
    """The whole address of a page of ours, by the newsroom's own name: never by the one that a request names."""
    return settings().newsroom.url + url_for(endpoint, **values)


def in_other_languages(view: CalloutView, endpoint: str, **values: Any) -> list[Elsewhere]:
    """A callout's page in each of its languages, for search engines."""
    if len(view.languages) < 2:
        return []
    found = [
        Elsewhere(language_tag(code), url(endpoint, slug=view.slug, lang=code, **values)) for code in view.languages
    ]
    return [*found, Elsewhere("x-default", url(endpoint, slug=view.slug, **values))]


def territorial(code: str) -> str:
    """A language as Open Graph writes it, with the territory where most who speak it are: "zh_Hans" is zh_CN."""
    likely = get_global("likely_subtags")
    parts = code.split("_")
    whole = str(likely.get(code) or likely.get(parts[0]) or code).split("_")
    territory = next((part for part in (*parts[1:], *whole[1:]) if len(part) == 2 and part.isupper()), "")
    return f"{parts[0]}_{territory}" if territory else parts[0]


def one_line(text: str) -> str:
    """The beginning of a text, without line breaks, for where there is one line for it."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_DESCRIPTION_LENGTH else line[: MAX_DESCRIPTION_LENGTH - 1].rstrip() + "…"
