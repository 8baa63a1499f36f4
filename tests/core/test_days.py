"""Which day it is in the newsroom."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from tests.arrivals import form, mail
from tests.fixtures_db import make_cast
from tipline.core import intake, merge, triage
from tipline.core.arrival import ConsentChoice
from tipline.db import Database, now
from tipline.models import Status, Tip


def elsewhere() -> ZoneInfo:
    """A zone where it is another day than in UTC: there is one at any moment."""
    at = datetime.now(UTC)
    zones = (ZoneInfo("Etc/GMT+12"), ZoneInfo("Pacific/Kiritimati"))
    return next(zone for zone in zones if at.astimezone(zone).date() != at.date())


def test_less_than_what_was_published_makes_a_tip_due_on_the_newsrooms_day(database: Database) -> None:
    zone = elsewhere()
    with replace(database, zone=zone.key).writing() as session:
        cast = make_cast(session)
        for door in ("mail", "joining"):
            arrival = form(callout_id=cast.borders, submission_id=door, consent=ConsentChoice.NAME)
            tip = session.get_one(Tip, intake.receive(session, arrival).tip_id)
            triage.set_status(session, tip.id or 0, Status.USED, cast.bob)
            if door == "mail":
                intake.receive(session, form("No", tip_id=tip.id, consent=ConsentChoice.BACKGROUND))
            else:
                other = mail(callout_id=cast.borders, consent=ConsentChoice.BACKGROUND)
                merge.merge(session, intake.receive(session, other).tip_id, cast.bob, into=tip.id)
            assert tip.follow_up_on == now().astimezone(zone).date()
