"""The demo's stories: read from the TOML files beside this module, so that who writes one needs no Python."""

import re
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "stories"
MONTHS_BACK = re.compile(r"\{m(\d+)\}")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One reader's story; with a `style` (a mail program) it comes by mail, else by the form.

    `text` still holds its {m18} marks; `told` fills them in. `days` is how long before the demo's birth it came.
    """

    key: str
    name: str
    email: str
    days: float
    text: str
    language: str = "en"
    callout: str = "borders"
    separated: bool | None = None  # from their children
    photos: tuple[str, ...] = ()
    # by mail
    style: str = ""
    subject: str = ""
    quotes: str = ""
    forwards: str = ""
    pdf: str = ""
    automatic: bool = False
    # by the form
    phone: str = ""
    contact: str = ""
    contact_note: str = ""
    consent: str = ""
    other_side: tuple[str, ...] = ()
    since_months: int = 0
    where: str = ""
    passport: str = ""
    company: str = ""
    paid: bool | None = None
    last_day_off_months: int = 0

    @property
    def by_mail(self) -> bool:
        return bool(self.style)

    def told(self, birth: datetime) -> str:
        """The story's words as they were on the day it came, with the months in them."""
        came = (birth - timedelta(days=self.days)).date()
        return MONTHS_BACK.sub(lambda mark: month_name(came, int(mark[1]), self.language), self.text).strip()


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, at most the 28th."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, min(day.day, 28))


def month_name(day: date, months: int, language: str) -> str:
    """The month that lies so many months before, as a reader would write it."""
    then = months_before(day, months)
    if language.startswith("zh"):
        near = {0: "今年", 1: "去年", 2: "前年"}.get(day.year - then.year, f"{then.year}年")
        return f"{near}{then.month}月"
    name = MONTHS[then.month - 1]
    return name if then.year == day.year else f"{name} {then.year}"


def read() -> list[Story]:
    """All of them, newest last."""
    found = [
        _story(entry)
        for file in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(file.read_text("utf-8"))["story"]
    ]
    return sorted(found, key=lambda story: -story.days)


def newsletter() -> str:
    """The letter that they all answer."""
    return (FOLDER / "newsletter.txt").read_text("utf-8").strip()


def _story(entry: dict[str, Any]) -> Story:
    fields: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    return Story(**fields)
