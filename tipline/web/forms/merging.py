"""What reporters type where tips belong together: the number of another tip, words of a message, a reason to print."""

import re
from collections.abc import Mapping
from datetime import datetime

from tipline.core.tip_page.print_view import PrintReason
from tipline.errors import NotVisible
from tipline.web.ids import typed_id

NUMBER = re.compile(r"(?:T-?|#)?0*(\d{1,10})", re.IGNORECASE)


def tip_id(typed: str) -> int | None:
    """A tip's id as people write it: T-000412, 412, or the address of its page. None where it is none."""
    found = NUMBER.fullmatch(typed.split("?")[0].rstrip("/").rsplit("/", 1)[-1].strip())
    try:
        return typed_id(found[1]) if found else None
    except ValueError:
        return None


def other(form: Mapping[str, str]) -> int:
    """The other tip that a button names. NotVisible where it names none."""
    found = tip_id(form.get("other", ""))
    if found is None:
        raise NotVisible("tip")
    return found


def why(form: Mapping[str, str]) -> PrintReason | None:
    """The reason that was chosen; None for none of ours."""
    return PrintReason(form["why"]) if form.get("why") in list(PrintReason) else None


def version(form: Mapping[str, str]) -> datetime | None:
    """The moment of what the writer saw; None where there was nothing, or it can't be read."""
    try:
        return datetime.fromisoformat(form.get("version", ""))
    except ValueError:
        return None
