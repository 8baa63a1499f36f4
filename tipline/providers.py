"""Who grants access to a mailbox, and where they are asked: Google's and Microsoft's addresses and scopes."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's endpoints (RFC 6749, RFC 8628). `device_url` is "" where device codes do not reach mail."""

    authorization_url: str = ""
    token_url: str = ""
    device_url: str = ""
    scope: str = ""
    redirect_host: str = "127.0.0.1"  # how our listener is named in the redirect address (RFC 8252, 7.3)
    extras: Mapping[str, str] = field(default_factory=dict)  # of the authorization address


ENTRA = "https://login.microsoftonline.com/{tenant}/oauth2/v2.0"
PROVIDERS: Mapping[str, Provider] = {
    "google": Provider(
        authorization_url="https://accounts.google.com/o/oauth2/v2/auth",
        token_url="https://oauth2.googleapis.com/token",
        scope="https://mail.google.com/",
        # Without these two a second consent brings no refresh token.
        extras={"access_type": "offline", "prompt": "consent"},
    ),
    "microsoft": Provider(
        authorization_url=f"{ENTRA}/authorize",
        token_url=f"{ENTRA}/token",
        device_url=f"{ENTRA}/devicecode",
        scope="https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        redirect_host="localhost",  # the only loopback name that ignores the port there
    ),
    "other": Provider(),
}
