"""Who sees what: one rule, put into every query. What one may not see does not exist for them."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select, true
from sqlmodel import Session, col

from tipline.db import Unindexed
from tipline.errors import NotAllowed, NotVisible
from tipline.models import Account, AccountRole, Callout, CalloutMember, Role, Tip, TipAccess
from tipline.vocabularies import N_

READS_ONLY = N_("Your role reads tips and does not change them. Ask an editor if it should.")


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts: an account with its roles, read at the beginning of the request or step."""

    account_id: int
    name: str
    roles: frozenset[Role]

    @property
    def edits_callouts(self) -> bool:
        return Role.EDITOR in self.roles

    @property
    def manages_people(self) -> bool:
        return Role.ADMIN in self.roles

    @property
    def sees_tips(self) -> bool:
        return bool(self.roles & {Role.EDITOR, Role.REPORTER, Role.VIEWER})

    @property
    def works_tips(self) -> bool:
        """May change tips, reply, and open identities."""
        return bool(self.roles & {Role.EDITOR, Role.REPORTER})

    @property
    def opens_files(self) -> bool:
        """May open what readers attached, and so find tips by the words in it. Names of files everybody sees."""
        return self.works_tips


def actor(session: Session, account_id: int) -> Actor | None:
    """The active account of an id as an actor; None where it is gone or switched off."""
    account = session.get(Account, account_id)
    if account is None or not account.active:
        return None
    roles = session.scalars(select(col(AccountRole.role)).where(col(AccountRole.account_id) == account_id))
    return Actor(account_id, account.name, frozenset(roles))


def in_one_window(session: Session, by: Actor) -> None:
    """Until the end of the transaction this person's other windows wait with what is theirs alone: two that keep the
    same at once would fail on its name."""
    # No key of the row is changed, so that rows that point to it are written meanwhile.
    held = select(col(Account.id)).where(col(Account.id) == by.account_id).with_for_update(key_share=True)
    session.execute(held)


def callouts_of(by: Actor) -> ColumnElement[bool]:
    """The condition on Callout: those whose tips the actor may see."""
    if Role.EDITOR in by.roles:
        return true()
    if not by.sees_tips:
        return ~true()
    return exists(
        select(col(CalloutMember.callout_id)).where(
            col(CalloutMember.callout_id) == Callout.id, col(CalloutMember.account_id) == by.account_id
        )
    )


def visible(by: Actor) -> ColumnElement[bool]:
    """The condition on Tip that every read carries."""
    if not by.sees_tips:
        return ~true()
    named = exists(
        select(col(TipAccess.tip_id)).where(col(TipAccess.tip_id) == Tip.id, col(TipAccess.account_id) == by.account_id)
    )
    unrestricted = or_(~col(Tip.restricted), named)
    if Role.EDITOR in by.roles:
        return unrestricted
    mine = select(col(CalloutMember.callout_id)).where(col(CalloutMember.account_id) == by.account_id)
    # Quietly: led by their callouts, hundreds of thousands of tips would be read and sorted for a page of fifty.
    return and_(Unindexed(col(Tip.callout_id)).in_(mine), unrestricted)


def tip(session: Session, tip_id: int, by: Actor, *, lock: bool = False) -> Tip:
    """The tip of an id. NotVisible where there is none for this person. `lock` keeps others from changing it."""
    query = select(Tip).where(col(Tip.id) == tip_id, visible(by))
    if lock:
        query = query.with_for_update()
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotVisible("tip")
    return found


def sees(session: Session, tip_id: int, by: Actor) -> bool:
    """Whether a person sees a tip."""
    return session.scalars(select(col(Tip.id)).where(col(Tip.id) == tip_id, visible(by))).first() is not None


def tip_to_work(session: Session, tip_id: int, by: Actor) -> Tip:
    """The tip of an id, for a change. NotVisible as `tip`; NotAllowed for those who only read."""
    found = tip(session, tip_id, by, lock=True)
    if not by.works_tips:
        raise NotAllowed(READS_ONLY)
    return found


def has_role(*roles: Role) -> ColumnElement[bool]:
    """The condition on Account: holds one of these roles."""
    mine = col(AccountRole.account_id) == Account.id
    return exists(select(col(AccountRole.account_id)).where(mine, col(AccountRole.role).in_(roles)))


def works_on(tip: Tip) -> ColumnElement[bool]:
    """The condition on Account: active, sees the tip, and may change it."""
    team = col(CalloutMember.callout_id) == tip.callout_id, col(CalloutMember.account_id) == Account.id
    on_it = and_(has_role(Role.REPORTER), exists(select(col(CalloutMember.account_id)).where(*team)))
    found = and_(col(Account.active), or_(has_role(Role.EDITOR), on_it))
    if not tip.restricted:
        return found
    named = col(TipAccess.tip_id) == tip.id, col(TipAccess.account_id) == Account.id
    return and_(found, exists(select(col(TipAccess.account_id)).where(*named)))


def sees_identity(tip: Tip, by: Actor) -> bool:
    """Whether the short name may be shown without asking: not to viewers, and not on restricted tips."""
    return by.works_tips and not tip.restricted
