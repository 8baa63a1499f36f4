"""Settings of mail: the mailboxes that readers write to, how their owners' grants sign in, and the way out."""

import ssl
from dataclasses import replace
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from tipline.providers import PROVIDERS, Provider

Security = Literal["tls", "starttls", "none"]
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class ServerSection(Section):
    """A mail server that we sign in to: a password, in place or in a file, and whom to trust."""

    password: SecretStr = Field(SecretStr(""), description="Password.")
    password_file: Path | None = Field(None, description="File that holds the password.")
    ca_file: Path | None = Field(None, description="CA certificates to trust instead of the system's.")

    @field_validator("ca_file")
    @classmethod
    def certificates(cls, value: Path | None) -> Path | None:
        if value is not None:
            try:
                ssl.create_default_context(cafile=value)
            except ssl.SSLError:
                raise ValueError(f"{value} holds no certificate in PEM form") from None
            except OSError as error:
                raise ValueError(f"{value} can't be read ({error.strerror})") from None
        return value

    @property
    def password_key(self) -> str:
        """Which of the two the password comes from; one in place wins."""
        return "password" if "password" in self.model_fields_set or self.password_file is None else "password_file"

    @model_validator(mode="after")
    def read_password(self) -> Self:
        if self.password_file is not None and not self.password.get_secret_value():
            secret = _secret_in(self.password_file, "password_file")
            object.__setattr__(self, "password", secret)  # frozen against everybody else
        return self


def _secret_in(file: Path, key: str) -> SecretStr:
    try:
        return SecretStr(file.read_text(encoding="utf-8").strip())
    except OSError as error:
        raise ValueError(f"{key}: can't be read ({error.strerror})") from None


class Smtp(ServerSection):
    """The server that takes outgoing mail. Without a host, replies wait on the readers' pages."""

    host: str = Field("", description="SMTP host; empty sends no mail.")
    port: int = Field(587, ge=1, le=65535, description="SMTP port.")
    security: Security = Field("starttls", description="tls, starttls, or none (loopback only).")
    user: str = Field("", description="User name; empty for none.")
    from_address: str = Field("", description="From address where a reply belongs to no mailbox with an address.")
    reporter_names: bool = Field(True, description="Whether From shows the reporter's name before the newsroom's.")
    undo_seconds: int = Field(
        10, ge=0, le=300, description="Seconds for which a reply waits before it leaves, so that it can be taken back."
    )
    oauth_mailbox: str = Field(
        "", description="Name of a mailbox with an oauth section whose grant signs in here, too, instead of a password."
    )

    @model_validator(mode="after")
    def plain_on_loopback_only(self) -> Self:
        if self.host and self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("security: none is for loopback only; use tls or starttls")
        return self

    @model_validator(mode="after")
    def someone_signs_in(self) -> Self:
        if self.oauth_mailbox and not self.user:
            raise ValueError("user: a grant needs it: the address that signs in")
        return self


class OAuth(Section):
    """Sign in with a grant instead of a password: fill this in, then run `tipline mailbox connect NAME`."""

    provider: Literal["google", "microsoft", "other"] = Field(
        "other", description="google, microsoft, or other with addresses and scope of its own."
    )
    client_id: str = Field("", description="The id that the provider gave tipline when you registered it there.")
    client_secret: SecretStr = Field(SecretStr(""), description="The client's secret, where the provider gave one.")
    client_secret_file: Path | None = Field(None, description="File that holds the client's secret.")
    tenant: str = Field(
        "common", pattern=r"^[A-Za-z0-9.-]+$", description="Microsoft's tenant: its id or domain, or common."
    )
    scope: str = Field("", description="What is asked for, instead of the provider's usual scopes.")
    authorization_url: str = Field("", description="Where a person consents in a browser, instead of the provider's.")
    token_url: str = Field("", description="Where tokens are given, instead of the provider's.")
    device_url: str = Field("", description="Where device codes are given, instead of the provider's.")
    issuer: str = Field("", description="The issuer that the answer to a consent has to name (RFC 9207).")

    @field_validator("authorization_url", "token_url", "device_url")
    @classmethod
    def encrypted(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.hostname and (parts.scheme == "https" or _plain_on_loopback(value))):
            raise ValueError("begin it with https:// (http is for loopback only)")
        return value

    @model_validator(mode="after")
    def whole(self) -> Self:
        if not self.client_id:
            raise ValueError("client_id: register tipline with the provider, which gives you one")
        if self.client_secret_file is not None and not self.client_secret.get_secret_value():
            object.__setattr__(self, "client_secret", _secret_in(self.client_secret_file, "client_secret_file"))
        at = self.endpoints
        if not at.token_url or not (at.authorization_url or at.device_url):
            raise ValueError("token_url, authorization_url or device_url: another provider needs its addresses")
        return self

    @property
    def endpoints(self) -> Provider:
        """Where the provider is asked, with what the settings name instead."""
        known = PROVIDERS[self.provider]
        return replace(
            known,
            authorization_url=self.authorization_url or known.authorization_url.format(tenant=self.tenant),
            token_url=self.token_url or known.token_url.format(tenant=self.tenant),
            device_url=self.device_url or known.device_url.format(tenant=self.tenant),
            scope=self.scope or known.scope,
        )


def _plain_on_loopback(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOOPBACK


class MailboxSettings(ServerSection):
    """One tips inbox. Its name after the dot is permanent: the ledger of what was read hangs on it."""

    kind: Literal["imap", "maildir"] = Field("imap", description="imap, or maildir for a folder on this machine.")
    address: str = Field("", description="The address that readers write to.")
    callout: str = Field("", description="Slug of the callout for mail that fits no other; empty for the general one.")
    host: str = Field("", description="IMAP host.")
    port: int = Field(993, ge=1, le=65535, description="IMAP port.")
    security: Security = Field("tls", description="tls, starttls, or none (loopback only).")
    user: str = Field("", description="User name.")
    folders: list[str] = Field(["INBOX"], min_length=1, description="Folders to read.")
    path: Path | None = Field(None, description="The Maildir's folder, for kind = maildir.")
    sent_folder: str = Field(
        "",
        max_length=255,
        description="Folder for a copy of each reply, and for finding out whether one left, such as Sent; it has to be "
        "there. Empty for no copies. IMAP only.",
    )
    poll_seconds: float = Field(
        300,
        ge=0.2,
        le=3600,
        description="Seconds between two looks; never more than 60 where the server has no IDLE to tell of new mail.",
    )
    authserv_ids: list[str] = Field(
        [],
        description="The names under which your mail server writes Authentication-Results (RFC 8601); empty "
        "confirms no sender. Look at the header of any mail: the word before the first semicolon. Only what stands "
        "above the Received line by which your server took the mail in counts.",
    )
    plus_addresses: bool = Field(
        True, description="Whether name+token@ arrives in this mailbox; replies then carry a token."
    )
    oauth: OAuth | None = Field(None, description="A section of its own, [mailbox.NAME.oauth].")

    @model_validator(mode="after")
    def whole(self) -> Self:
        if self.kind == "maildir":
            if self.path is None:
                raise ValueError("path: a maildir needs the path of its folder")
            if self.oauth is not None:
                raise ValueError("oauth: a maildir is a folder here, and nobody signs in")
            return self
        if not self.host or not self.user:
            raise ValueError("host, user: an IMAP mailbox needs both")
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("security: none is for loopback only; use tls or starttls")
        return self
