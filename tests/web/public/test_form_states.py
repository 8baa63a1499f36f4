"""A post of the form is one state machine, and a short way: few calls lead from the view to the tip."""

import sys
from dataclasses import FrozenInstanceError
from pathlib import Path
from types import FrameType

import pytest
from flask.testing import FlaskClient

import tipline
from tests.fixtures_db import Cast
from tests.web.reading import open_callout, story
from tipline.core.arrival import Attachment
from tipline.core.intake import Filed
from tipline.core.intake.drafts import KeptFile
from tipline.db import Database
from tipline.web.public.filing import SafeWords
from tipline.web.public.form_states import HeldFile, PostState, Stage

HOPS = 6  # from the view to the function that writes the tip
HOUSE = str(Path(tipline.__file__).parent)


def calls_to(function: str, frame: FrameType) -> list[str]:
    """The calls of ours on the way to a function, the view of a public page first."""
    calls, here = [function], frame.f_back
    while here is not None:
        if here.f_code.co_filename.startswith(HOUSE):
            calls.insert(0, here.f_code.co_name)
        here = here.f_back
    return calls


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_post_is_a_tip_after_six_calls(client: FlaskClient, database: Database, cast: Cast) -> None:
    ways: list[list[str]] = []

    def profile(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_name == "_make" and "core/intake" in frame.f_code.co_filename:
            ways.append(calls_to("_make", frame))

    page = story(client, open_callout(database, cast))
    sys.setprofile(profile)
    try:
        assert page.post().status_code == 303
    finally:
        sys.setprofile(None)
    (way,) = ways
    assert len(way) - 1 <= HOPS, " > ".join(way)


FILE, SPOOLED = KeptFile(1, 7, "a.jpg", 100), SafeWords("key")
FILED = SafeWords("key", Filed(1, 1, new_tip=True, submission_key="key"))


@pytest.mark.parametrize(
    ("state", "stage"),
    [
        (PostState(), Stage.RECEIVED),
        (PostState(draft=()), Stage.KEPT),
        (PostState().keeping(FILE), Stage.KEPT),
        (PostState().keeping(FILE).without(FILE.id), Stage.KEPT),
        (PostState().holding(), Stage.HELD),
        (PostState().keeping(FILE).holding(), Stage.HELD),
        (PostState().safe(FILED), Stage.FILED),
        (PostState().keeping(FILE).holding().safe(FILED), Stage.FILED),
        (PostState().safe(SPOOLED), Stage.SPOOLED),
        (PostState().safe(FILED).safe(SPOOLED), Stage.SPOOLED),
    ],
)
def test_each_step_of_a_post_leads_to_the_stage_that_the_table_names(state: PostState, stage: Stage) -> None:
    assert state.stage is stage


def test_what_waits_is_counted_wherever_it_waits() -> None:
    held = HeldFile(8, Attachment("b.jpg", b"x" * 50))
    state = PostState().keeping(FILE).holding(held)
    assert (state.size, state.questions) == (150, [7, 8])


def test_a_step_leaves_the_state_before_it_as_it_was() -> None:
    before = PostState().keeping(FILE)
    assert before not in (before.without(FILE.id), before.holding(), before.safe(FILED))
    assert before == PostState(draft=(FILE,))
    with pytest.raises(FrozenInstanceError):
        before.words = FILED  # type: ignore[misc]
