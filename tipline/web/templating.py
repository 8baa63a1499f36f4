"""What templates can call, beside languages (i18n) and addresses of assets (assets)."""

from flask import Flask
from markupsafe import Markup

from tipline.web import csrf, labels
from tipline.web.forms.base import control, is_group
from tipline.web.signin import signed_in


def init(app: Flask) -> None:
    app.jinja_env.globals.update(
        csrf_token=csrf.token,
        csrf_field=csrf_field,
        signed_in=signed_in,
        is_group=is_group,
        control=control,
        role_hints={str(role): hint for role, hint in labels.ROLE_HINT.items()},
    )
    app.jinja_env.filters["initials"] = initials


def csrf_field() -> Markup:
    """The token as a hidden field, for a form that is only a button."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(csrf.FIELD, csrf.token())


def initials(name: str) -> str:
    """Two letters for an avatar: "Shen Li" is SL; a name in Han gives its last character."""
    words = name.split()
    if not words:
        return "?"
    if len(words) == 1 and not name.isascii():
        return words[0][-1]
    return (words[0][0] + (words[-1][0] if len(words) > 1 else "")).upper()
