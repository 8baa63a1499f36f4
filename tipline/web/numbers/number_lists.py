"""Where each number leads: the list that holds as many tips, in typed syntax."""

from collections.abc import Collection
from datetime import date, timedelta

from tipline.core.desk.numbers import NumbersScope
from tipline.core.filters import OPEN
from tipline.db import now

ALL = "status:any"  # spam too: it came as well


def came(scope: NumbersScope, *filters: str, since: date | None = None, until: date | None = None) -> str:
    """What came in the period; with `since` and `until` on these of its days. Restricted tips are in no number."""
    return _query(scope, *(filters or (ALL,)), *_days(scope, since, until))


def open_now(scope: NumbersScope, assignee: str) -> str:
    """The open work of somebody, whenever it came and even where it is put off."""
    return _query(scope, f"status:{','.join(OPEN)}", f"assignee:{assignee}")


def did(scope: NumbersScope, deed: str, account_id: int) -> str:
    """The tips on which somebody did what is counted of them in the period. Of answers there may be several on one."""
    since, until = (day.isoformat() if day else "" for day in (scope.period.since, scope.period.until))
    return _query(scope, ALL, f"{deed}:{account_id}" + (f"@{since}/{until}" if since or until else ""))


def language(code: str, others: Collection[str]) -> list[str]:
    """A language as it is counted: without the others that its filter means too, as zh-Hans is Chinese."""
    narrower = [one.lower() for one in others if code and one.lower().startswith(f"{code.lower()}-")]
    return [ALL, f"lang:{code.lower() or 'none'}", *([f"-lang:{','.join(sorted(narrower))}"] if narrower else [])]


def _days(scope: NumbersScope, since: date | None, until: date | None) -> list[str]:
    """Bounds of the period, or of a part of it. Nothing came after today."""
    first, last = scope.period.since, min(scope.period.until or date.max, now().date())
    first = max((day for day in (first, since) if day), default=None)
    last = min(last, until or last)
    return [*([f"since:{first}"] if first else []), f"before:{last + timedelta(days=1)}", "days:utc"]


def _query(scope: NumbersScope, *filters: str) -> str:
    chosen = [f"callout:{scope.chosen.slug}"] if scope.chosen else []
    return " ".join([*chosen, *filters, "-is:restricted"])
