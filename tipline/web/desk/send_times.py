"""Times at which a reply is to leave: offered, read from a form, and said in words, all in the reporter's zone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from babel import dates
from flask_babel import get_locale
from flask_babel import gettext as _

from tipline.errors import Refused
from tipline.vocabularies import N_
from tipline.web import i18n

NOT_A_TIME = N_("That is no time. Choose a day and an hour.")
MORNING, EVENING = time(9), time(18)
LATE = time(16)  # when it is too late in the day to offer the evening


@dataclass(frozen=True, slots=True)
class SendTime:
    """A time that is offered; `value` is what the form sends."""

    label: str
    value: str


def offered(here: datetime) -> list[SendTime]:
    """Times that people choose most, seen from now (aware, in the reporter's zone)."""
    today = here.date()
    tomorrow, monday = today + timedelta(days=1), today + timedelta(days=7 - today.weekday())
    found = [(_("This evening"), datetime.combine(today, EVENING))] if here.time() < LATE else []
    found.append((_("Tomorrow morning"), datetime.combine(tomorrow, MORNING)))
    if monday != tomorrow:
        found.append((_("Monday morning"), datetime.combine(monday, MORNING)))
    return [SendTime(label, at.isoformat(timespec="minutes")) for label, at in found]


def chosen(form: Mapping[str, str]) -> datetime | None:
    """The time that a form names, None for now. Refused where it is none."""
    value = form.get("send_at", "")
    value = form.get("send_on", "") if value == "other" else value
    if not value:
        if form.get("send_at") == "other":
            raise Refused(NOT_A_TIME)
        return None
    try:
        local = datetime.fromisoformat(value)
        return local.replace(tzinfo=i18n.zone()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(NOT_A_TIME) from None


def words(at: datetime) -> str:
    """When, as one says it: "Friday 09:00", "27 Nov 2026, 09:00"."""
    local, today = at.astimezone(i18n.zone()), datetime.now(i18n.zone()).date()
    hour = dates.format_time(local, "short", locale=get_locale())
    days = (local.date() - today).days
    if days == 0:
        return str(_("today %(time)s", time=hour))
    if days == 1:
        return str(_("tomorrow %(time)s", time=hour))
    if 1 < days < 7:
        return f"{dates.format_date(local, 'EEEE', locale=get_locale())} {hour}"
    return f"{dates.format_date(local, 'medium', locale=get_locale())}, {hour}"


def local_value(at: datetime) -> str:
    """A time as a field of the page holds it."""
    return at.astimezone(i18n.zone()).replace(tzinfo=None).isoformat(timespec="minutes")
