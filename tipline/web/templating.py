"""What templates can call, beside languages (i18n) and addresses of assets (assets)."""

import re
from typing import Any

from flask import Flask
from flask_babel import gettext as _
from markupsafe import Markup

from tipline.core.readers import Numbered
from tipline.web import csrf, labels
from tipline.web.forms.base import control, is_group
from tipline.web.signin import signed_in

# Marks that turn the direction of all that follows: in a name they would turn our own words round, and hide that
# "photo[turn]gpj.exe" is a program. Words in a block of their own keep theirs.
TURNS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def init(app: Flask) -> None:
    app.jinja_env.globals.update(
        csrf_token=csrf.token,
        csrf_field=csrf_field,
        signed_in=signed_in,
        is_group=is_group,
        control=control,
        role_hints={str(role): hint for role, hint in labels.ROLE_HINT.items()},
    )
    app.jinja_env.filters.update(initials=initials, undirected=undirected, bdi=bdi, with_form=with_form)


def with_form(language: str, form: Any, prefix: str = "") -> tuple[str, Any]:
    """A language and the part of a form that holds its words, for a table of them."""
    return language, form[prefix + language].form


def csrf_field() -> Markup:
    """The token as a hidden field, for a form that is only a button."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, csrf.token())


def undirected(text: str | None) -> str:
    """A stranger's name without marks of direction, for places where there is no element to hold it."""
    return TURNS.sub("", text or "")


def bdi(text: str) -> Markup:
    """A stranger's name that can't turn the words around it, whichever way it is written."""
    name = _("Reader %(number)s", number=text.reader_id) if isinstance(text, Numbered) else undirected(text)
    return Markup("<bdi>{}</bdi>").format(name)


def initials(name: str) -> str:
    """Two letters for an avatar: "Shen Li" is SL; a name in Han gives its last character."""
    words = name.split()
    if not words:
        return "?"
    if len(words) == 1 and not name.isascii():
        return words[0][-1]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
