"""Tokens for a mailbox's sign-ins, from its grant: refreshed early, one refresh at a time, and rarely once refused.

Every new token is committed before anybody uses it, since the one before may be good no more.
"""

import time
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from tipline.config import Settings
from tipline.core.mailboxes import grants
from tipline.core.mailboxes.grants import Grant, OAuthTokens
from tipline.db import Database, now
from tipline.errors import GrantRefused, MailboxUnreachable
from tipline.mail import oauth
from tipline.mail.bearer import Token
from tipline.mail_settings import MailboxSettings, OAuth
from tipline.vocabularies import N_

REFRESH_AHEAD = timedelta(minutes=5)
REFUSAL_PAUSE = timedelta(hours=1)  # after a refusal, before the provider is asked again
REFRESH_WAIT_SECONDS = 20.0  # seconds for somebody else's refresh; then this sign-in is tried again later
GLANCE = 0.1
SAVES = 3  # tries, each with the database's own patience
STARTED = now()  # this process

NO_GRANT = N_("Nobody has connected this mailbox yet: run `tipline mailbox connect`.")
HINTS = {
    "grant": N_("Its grant has ended: run `tipline mailbox connect`."),
    "client": N_("The provider refused the client: check client_id, client_secret and tenant in the settings."),
    "connect": N_("The provider's token server can't be reached, or gave no usable answer."),
}
# What a refusal of the provider means for the grant; every other one is tried again soon.
ENDINGS = {"grant": "grant", "denied": "grant", "client": "client"}


def of_mailbox(database: Database, name: str, settings: MailboxSettings) -> Token | None:
    """What the sign-ins of a mailbox take their tokens from; None where it has a password."""
    return TokenSource(database, name, settings.oauth) if settings.oauth else None


def of_smtp(database: Database, settings: Settings) -> Token | None:
    """The same for outgoing mail, from the grant of the mailbox that the settings name."""
    name = settings.smtp.oauth_mailbox
    return of_mailbox(database, name, settings.mailbox[name]) if name else None


@dataclass
class TokenSource:
    """Called, it gives a token to sign in with; called with True, another one than it gave last.

    MailboxUnreachable: grant, no_grant, client, or connect.
    """

    database: Database
    name: str
    settings: OAuth
    _given: str = field(default="", repr=False)
    _unsaved: tuple[OAuthTokens, OAuthTokens] | None = field(default=None, repr=False)  # refreshed from, and to

    def __call__(self, refused: bool) -> str:
        try:
            tokens = self._tokens(refused=refused)
        except SQLAlchemyError:
            raise MailboxUnreachable("connect", HINTS["connect"]) from None
        self._given = tokens.access
        return tokens.access

    def _tokens(self, *, refused: bool) -> OAuthTokens:
        ends = time.monotonic() + REFRESH_WAIT_SECONDS
        early = REFRESH_AHEAD
        self._save()
        while time.monotonic() < ends:
            grant = self._grant()
            good = not grant.error and not (refused and grant.tokens.access == self._given)
            if good and now() + early < grant.tokens.expires_at:
                return grant.tokens
            if (used := self._turn(grant)) and (tokens := self._refreshed(used, good=good)):
                return tokens
            early = timedelta()  # whatever somebody else's refresh brings is new enough
            time.sleep(GLANCE)
        raise MailboxUnreachable("connect", HINTS["connect"])

    def _grant(self) -> Grant:
        with self.database.reading() as session:
            grant = grants.find(session, self.name)
        if grant is None:
            raise MailboxUnreachable("no_grant", NO_GRANT)
        rests = grant.tried_at is not None and now() - grant.tried_at < REFUSAL_PAUSE
        # The client's id and secret are corrected in the settings, which are read at a start: then it is asked at once.
        corrected = grant.error == "client" and grant.tried_at is not None and grant.tried_at < STARTED
        if grant.error and rests and not corrected:
            raise MailboxUnreachable(grant.error, HINTS[grant.error])
        return grant

    def _turn(self, grant: Grant) -> OAuthTokens | None:
        with self.database.writing() as session:
            used = grants.begin_refresh(session, self.name, grant.tokens.access)
            session.commit()
        return used

    def _refreshed(self, used: OAuthTokens, *, good: bool) -> OAuthTokens | None:
        """The tokens that the provider gives for these, or for now the same where it can't be asked and they are
        `good`; None where somebody connected the mailbox anew meanwhile."""
        try:
            tokens = oauth.refresh(self.settings, used.refresh)
        except GrantRefused as error:
            return self._refused(used, ENDINGS.get(error.reason, "connect"), good=good)
        self._unsaved = used, tokens
        return self._save()

    def _save(self) -> OAuthTokens | None:
        """Commit what the provider gave; None where it was not wanted any more. The refresh token before it may be
        good no more, so that a database that takes nothing in just now is asked again, and at the next call, too."""
        if self._unsaved is None:
            return None
        used, tokens = self._unsaved
        for left in reversed(range(SAVES)):
            try:
                with self.database.writing() as session:
                    kept = grants.refreshed(session, self.name, used, tokens)
                    session.commit()
                break
            except SQLAlchemyError:
                if not left:
                    raise
                time.sleep(GLANCE)
        self._unsaved = None
        return tokens if kept else None

    def _refused(self, used: OAuthTokens, reason: str, *, good: bool) -> OAuthTokens | None:
        with self.database.writing() as session:
            if reason == "connect":
                grants.give_back(session, self.name, used)
                replaced = False
            else:
                replaced = not grants.refused(session, self.name, used, reason)
            session.commit()
        if reason == "connect" and good and now() < used.expires_at:
            return used
        if replaced:
            return None
        raise MailboxUnreachable(reason, HINTS[reason])
