"""Fields for words that are kept as they are typed, but for the blanks around them."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import StringField, TextAreaField
from wtforms.validators import Length

from tipline.core.text.storable import storable


def text(label: object, most: int, **more: Any) -> Any:
    """Several lines, at most `most` characters."""
    checks = [Length(max=most, message=_l("Shorten this to %(max)d characters."))]
    return TextAreaField(label, checks, filters=[stripped], **more)


def line(label: object, most: int, **more: Any) -> Any:
    """One line, at most `most` characters."""
    checks = [Length(max=most, message=_l("Shorten this to %(max)d characters."))]
    return StringField(label, checks, filters=[stripped], **more)


def stripped(value: str | None) -> str:
    return storable(value or "").strip()
