"""Accounts: made, invited, changed, switched off; what the history says of it."""

from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from tests.fixtures_db import Cast
from tipline.core import access, accounts
from tipline.core.accounts import people, sessions
from tipline.db import Database, now
from tipline.errors import NotAllowed, NotVisible, Refused
from tipline.models import Account, ActorKind, CalloutMember, Event, Invitation, LoginSession, Role, Verb

GOOD = "violet harbour thirteen ladders"


def verbs(session: Session, account_id: int) -> list[tuple[Verb, str, str]]:
    rows = session.scalars(select(Event).where(col(Event.object_id) == account_id).order_by(col(Event.id)))
    return [(row.verb, row.before, row.after) for row in rows]


def id_of(session: Session, email: str) -> int:
    account = accounts.by_email(session, email)
    assert account is not None and account.id is not None
    return account.id


def test_the_command_line_makes_the_first_account(session: Session) -> None:
    account = accounts.create(
        session, " Erin@Example.org ", "Erin", [Role.ADMIN, Role.EDITOR], ActorKind.SYSTEM, password=GOOD
    )
    assert (account.email, account.password_hash[:9]) == ("erin@example.org", "$argon2id")
    assert account.id is not None
    assert verbs(session, account.id) == [(Verb.ACCOUNT_MADE, "", "admin editor")]
    actor = access.actor(session, account.id)
    assert actor is not None and actor.manages_people and actor.edits_callouts


def test_an_address_has_one_account_however_it_is_written(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused, match="already"):
        accounts.create(session, "BOB@Meridian.example", "Bob", [Role.VIEWER], cast.ada)


def test_an_account_needs_a_name_and_a_role(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused):
        accounts.create(session, "x@example.org", " ", [Role.VIEWER], cast.ada)
    with pytest.raises(Refused):
        accounts.create(session, "x@example.org", "X", [], cast.ada)


def test_only_admins_manage_people(session: Session, cast: Cast) -> None:
    target = cast.carol.account_id
    for by in (cast.alice, cast.bob, cast.dave):
        for act in (
            lambda by=by: accounts.create(session, "x@example.org", "X", [Role.ADMIN], by),
            lambda by=by: accounts.invite(session, "x@example.org", "X", [Role.ADMIN], by),
            lambda by=by: accounts.reset(session, target, by),
            lambda by=by: accounts.set_roles(session, by.account_id, [Role.ADMIN], by),
            lambda by=by: accounts.set_teams(session, by.account_id, [cast.overtime], by),
            lambda by=by: accounts.switch_off(session, target, by),
            lambda by=by: accounts.switch_on(session, target, by),
            lambda by=by: people.people(session, by),
            lambda by=by: people.teams(session, by),
        ):
            with pytest.raises(NotAllowed):
                act()


def test_an_invitation_is_used_once_and_stands_only_as_a_hash(session: Session, cast: Cast) -> None:
    token = accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada, [cast.borders])
    erin = id_of(session, "erin@example.org")
    assert token not in str([row.model_dump() for row in session.scalars(select(Invitation))])
    assert session.scalars(select(CalloutMember).where(col(CalloutMember.account_id) == erin)).one()
    assert accounts.invited(session, token).id == erin
    assert accounts.accept(session, token, GOOD) == erin
    with pytest.raises(NotVisible):
        accounts.accept(session, token, GOOD)
    assert [verb for verb, _, _ in verbs(session, erin)] == [Verb.ACCOUNT_MADE, Verb.TEAM, Verb.PASSWORD]


@pytest.mark.parametrize("token", ["", " ", "unknown"])
def test_an_empty_or_unknown_token_never_matches(session: Session, cast: Cast, token: str) -> None:
    accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada)
    session.add(
        Invitation(token_hash="", account_id=cast.bob.account_id, created_at=now(), expires_at=now() + timedelta(1))
    )
    with pytest.raises(NotVisible):
        accounts.invited(session, token)


def test_an_invitation_ends_after_24_hours(session: Session, cast: Cast) -> None:
    token = accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada)
    link = session.scalars(select(Invitation)).one()
    assert timedelta(hours=23, minutes=59) < link.expires_at - now() <= timedelta(hours=24)
    link.expires_at = now() - timedelta(seconds=1)
    session.flush()
    with pytest.raises(NotVisible):
        accounts.accept(session, token, GOOD)


def test_a_weak_password_leaves_the_link_open(session: Session, cast: Cast) -> None:
    token = accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada)
    with pytest.raises(Refused):
        accounts.accept(session, token, "password1234")
    assert accounts.accept(session, token, GOOD)


def test_a_reset_takes_the_password_the_sessions_and_older_links_away(session: Session, cast: Cast) -> None:
    first = accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada)
    erin = id_of(session, "erin@example.org")
    signed_in = sessions.start(session, erin)
    second = accounts.reset(session, erin, cast.ada)
    assert sessions.find(session, signed_in) is None
    assert session.get_one(Account, erin).password_hash == ""
    with pytest.raises(NotVisible):
        accounts.invited(session, first)
    assert accounts.accept(session, second, GOOD) == erin


def test_nobody_resets_or_switches_off_themselves(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused):
        accounts.reset(session, cast.ada.account_id, cast.ada)
    with pytest.raises(Refused):
        accounts.switch_off(session, cast.ada.account_id, cast.ada)


def test_the_last_admin_stays(session: Session, cast: Cast) -> None:
    with pytest.raises(Refused, match="last admin"):
        accounts.set_roles(session, cast.ada.account_id, [Role.EDITOR], cast.ada)
    with pytest.raises(Refused, match="last admin"):
        accounts.switch_off(session, cast.ada.account_id, ActorKind.SYSTEM)
    accounts.set_roles(session, cast.alice.account_id, [Role.ADMIN, Role.EDITOR], cast.ada)
    accounts.set_roles(session, cast.ada.account_id, [Role.EDITOR], cast.ada)


def test_an_admin_who_is_switched_off_does_not_count_as_one(session: Session, cast: Cast) -> None:
    accounts.set_roles(session, cast.alice.account_id, [Role.ADMIN], cast.ada)
    accounts.switch_off(session, cast.alice.account_id, cast.ada)
    with pytest.raises(Refused, match="last admin"):
        accounts.set_roles(session, cast.ada.account_id, [Role.VIEWER], cast.ada)


def test_new_roles_end_the_sessions_and_are_recorded(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    accounts.set_roles(session, cast.bob.account_id, [Role.REPORTER], cast.ada)
    assert sessions.find(session, token) is not None, "nothing changed"
    accounts.set_roles(session, cast.bob.account_id, [Role.VIEWER], cast.ada)
    assert sessions.find(session, token) is None
    assert verbs(session, cast.bob.account_id) == [(Verb.ROLES, "reporter", "viewer")]


def test_teams_are_set_and_each_change_recorded(session: Session, cast: Cast) -> None:
    accounts.set_teams(session, cast.bob.account_id, [cast.overtime], cast.ada)
    on = select(CalloutMember.callout_id).where(col(CalloutMember.account_id) == cast.bob.account_id)
    assert session.scalars(on).all() == [cast.overtime]
    assert sorted(verbs(session, cast.bob.account_id)) == sorted(
        [(Verb.TEAM, str(cast.borders), ""), (Verb.TEAM, "", str(cast.overtime))]
    )
    with pytest.raises(Refused):
        accounts.set_teams(session, cast.bob.account_id, [999], cast.ada)


def test_switched_off_is_signed_out_and_can_come_back(session: Session, cast: Cast) -> None:
    link = accounts.reset(session, cast.bob.account_id, cast.ada)
    token = sessions.start(session, cast.bob.account_id)
    accounts.switch_off(session, cast.bob.account_id, cast.ada)
    assert sessions.find(session, token) is None
    with pytest.raises(NotVisible):
        accounts.invited(session, link)
    with pytest.raises(Refused):
        accounts.reset(session, cast.bob.account_id, cast.ada)
    accounts.switch_on(session, cast.bob.account_id, cast.ada)
    assert access.actor(session, cast.bob.account_id) is not None
    assert sessions.find(session, token) is None, "the old session stays ended"


def test_a_changed_password_ends_the_other_sessions(session: Session, cast: Cast) -> None:
    here, there = (sessions.start(session, cast.bob.account_id) for _ in range(2))
    found = sessions.find(session, here)
    assert found is not None
    accounts.change_password(session, GOOD, cast.bob, keep=found.session_id)
    assert sessions.find(session, here) is not None
    assert sessions.find(session, there) is None
    with pytest.raises(Refused):
        accounts.change_password(session, "short", cast.bob)


def test_two_admins_do_not_remove_each_other_at_once(database: Database, session: Session, cast: Cast) -> None:
    accounts.set_roles(session, cast.alice.account_id, [Role.ADMIN], cast.ada)
    session.commit()
    alice = access.actor(session, cast.alice.account_id)
    session.rollback()
    assert alice is not None
    with database.writing() as one:
        accounts.set_roles(one, cast.ada.account_id, [Role.VIEWER], alice)
        one.commit()
    with database.writing() as other, pytest.raises(Refused):
        accounts.set_roles(other, cast.alice.account_id, [Role.VIEWER], cast.ada)


def test_the_people_page_tells_who_is_where(session: Session, cast: Cast) -> None:
    accounts.invite(session, "erin@example.org", "Erin", [Role.REPORTER], cast.ada)
    sessions.start(session, cast.bob.account_id)
    accounts.switch_off(session, cast.dave.account_id, cast.ada)
    found = {person.name: person for person in people.people(session, cast.ada)}
    assert list(found) == ["Ada", "Alice", "Bob", "Carol", "Erin", "Dave"]
    assert [team.title for team in found["Bob"].teams] == ["Stranded by closed borders"]
    assert found["Bob"].seen_at is not None and found["Carol"].seen_at is None
    assert found["Erin"].invited_until is not None and not found["Erin"].has_password
    assert not found["Dave"].active


def test_tokens_of_sessions_stand_only_as_hashes(session: Session, cast: Cast) -> None:
    token = sessions.start(session, cast.bob.account_id)
    session.flush()
    row = session.scalars(select(LoginSession)).one()
    assert len(token) >= 43 and token not in str(row.model_dump())
