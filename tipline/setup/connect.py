"""`tipline mailbox connect`: a person consents at their provider, the grant is kept, and a real login is tried."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import sleep

from tipline import doctor
from tipline.config import Settings
from tipline.core.mailboxes import grants
from tipline.core.mailboxes.grants import OAuthTokens
from tipline.db import Database
from tipline.errors import GrantRefused, SettingsError
from tipline.jobs import tokens
from tipline.mail import oauth
from tipline.mail_settings import MailboxSettings, OAuth
from tipline.setup.oauth_callback import Listener

Say = Callable[[str], None]

SLOWER = 5  # seconds more between two questions, each time we are asked to slow down (RFC 8628, 3.5)
SLOWEST = 60  # seconds between two questions while the provider can't be reached
REFUSED = {
    "grant": "The provider did not take its own answer back: it was used already, or took too long. Run this again.",
    "client": "The provider refused the client: check client_id, client_secret, tenant and scope in the settings.",
    "connect": "The provider can't be reached, or what came back is no answer to our question. Run this again.",
    "denied": "Consent was refused at the provider. Nothing was changed.",
    "expired": "Nobody consented in time. Nothing was changed; run this again.",
}
NOT_LASTING = (
    "The provider gave a token for an hour and none to renew it with. Nothing was changed; ask for lasting access: "
    "offline_access in the scope, or the client's type."
)

DEVICE = """\
On any device, open

    {address}

sign in as {user}, and enter the code

    {code}

Waiting …"""

BROWSER = """\
Open this address in a browser on this machine, and sign in as {user}:

    {address}

Is your browser on another machine? First run there, in a terminal that you leave open,

    ssh -L {port}:127.0.0.1:{port} {here}

and then open the address there. Waiting …"""


@dataclass(frozen=True, slots=True)
class ConsentMethod:
    """How a person consents. `browser`: not by a device code, even where the provider has one."""

    browser: bool = False
    port: int = 0
    here: str = "THIS-SERVER"


def connect(
    settings: Settings, database: Database, name: str, method: ConsentMethod, say: Say
) -> Iterator[doctor.Finding]:
    """Get a grant for the mailbox and keep it, then try it; each try as a finding.

    SettingsError where the mailbox is not set up for it, or no grant was given: the text says why.
    """
    box, client = _of(settings, name)
    try:
        given = consent(client, box.user, method, say)
    except GrantRefused as error:
        raise SettingsError(REFUSED.get(error.reason, REFUSED["connect"])) from None
    if not given.refresh:
        raise SettingsError(NOT_LASTING)
    with database.writing() as session:
        grants.keep(session, name, given)
        session.commit()
    token = tokens.of_mailbox(database, name, box)
    yield (found := doctor.mailbox(name, box, token))
    if found.well:
        with database.writing() as session:
            grants.works(session, name)
            session.commit()
        yield doctor.senders(name, box, token)
    if settings.smtp.oauth_mailbox == name:
        yield doctor.smtp(settings.smtp, tokens.of_smtp(database, settings))


def _of(settings: Settings, name: str) -> tuple[MailboxSettings, OAuth]:
    box = settings.mailbox.get(name)
    if box is None:
        known = ", ".join(sorted(settings.mailbox)) or "none"
        raise SettingsError(f"mailbox.{name}: there is no such section; the settings know {known}")
    if box.oauth is None:
        raise SettingsError(f"mailbox.{name}.oauth: there is no such section; it names provider and client_id")
    return box, box.oauth


def consent(client: OAuth, user: str, method: ConsentMethod, say: Say) -> OAuthTokens:
    """The tokens for a person's consent: by a device code where the provider has one for mail, else by a browser."""
    at = client.endpoints
    if at.device_url and not (method.browser and at.authorization_url):
        return _by_device(client, user, say)
    return _by_browser(client, user, method, say)


def _by_device(client: OAuth, user: str, say: Say) -> OAuthTokens:
    device = oauth.device(client)
    say(DEVICE.format(address=device.address, code=device.user_code, user=user))
    pause, waited = device.interval, 0
    while waited < device.seconds:
        sleep(pause)
        waited += pause
        try:
            return oauth.of_device(client, device.code)
        except GrantRefused as error:
            if error.reason == "slow_down":
                pause += SLOWER
            elif error.reason == "connect":
                pause = min(pause * 2, SLOWEST)
            elif error.reason != "pending":
                raise
    raise GrantRefused("expired")


def _by_browser(client: OAuth, user: str, method: ConsentMethod, say: Say) -> OAuthTokens:
    with Listener(client, user, method.port) as listener:
        say(BROWSER.format(address=listener.trip.address, port=listener.port, user=user, here=method.here))
        return oauth.of_code(client, listener.trip, listener.code())
