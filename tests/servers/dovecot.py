"""Debian's Dovecot on loopback: any user name with the password "secret" has a mailbox of its own."""

import getpass
import grp
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Self

from imapclient import IMAPClient

from tests.servers import certificate, ports
from tests.servers.missing import NotInstalled

CONFIG = """\
dovecot_config_version = 2.4.1
dovecot_storage_version = 2.4.1
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/log
protocols = imap
listen = {host}
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
mail_driver = maildir
mail_path = {base}/mail/%{{user}}
mail_uid = {owner}
mail_gid = {group}
first_valid_uid = 1
recipient_delimiter = +
mail_max_userip_connections = 100
ssl = yes
ssl_server_cert_file = {cert}
ssl_server_key_file = {key}
auth_allow_cleartext = yes
auth_failure_delay = 0
passdb static {{
  password = {password}
}}
{oauth}userdb static {{
}}
service imap-login {{
  chroot = {chroot}
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot = {chroot}
}}
"""

# The token server is asked at each sign-in; passwords stay good, so that a test can put mail in.
OAUTH = """\
auth_mechanisms {{
  plain = yes
  login = yes
{mechanisms}
}}
oauth2 {{
  introspection_mode = post
  introspection_url = {url}/introspect
  username_attribute = username
  active_attribute = active
  active_value = true
}}
"""


@dataclass(frozen=True, slots=True)
class FolderState:
    """All that a visit could change on the server. `\\Recent` is among the flags: a SELECT would clear it."""

    uidvalidity: int
    uidnext: int
    flags: dict[int, frozenset[str]]


def binary() -> Path | None:
    """Where Dovecot 2.4 or newer is, None where it is not installed (Debian 13: dovecot-imapd). Older ones read other
    settings than ours."""
    found = shutil.which("dovecot", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if not found:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"(\d+)\.(\d+)", said)
    return Path(found) if version and (int(version[1]), int(version[2])) >= (2, 4) else None


class Dovecot:
    """`with Dovecot() as dovecot:` runs one. IMAP with STARTTLS on `port`, IMAP over TLS on `tls_port`.

    `tokens`: the address of a token server (tests.servers.oauth), whose tokens are then taken by `mechanisms`.
    """

    host = ports.LOOPBACK
    password = "secret"

    def __init__(self, tokens: str = "", mechanisms: Sequence[str] = ("xoauth2", "oauthbearer")) -> None:
        self.port = 0
        self.tls_port = 0
        self._tokens = tokens
        self._mechanisms = mechanisms
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self._folder:
            self._folder.cleanup()
            self._folder = None

    @property
    def base(self) -> Path:
        if not self._folder:
            self._folder = tempfile.TemporaryDirectory(prefix="dovecot-")  # short: sockets lie in it
            self._lay(Path(self._folder.name))
        return Path(self._folder.name)

    @property
    def cert(self) -> Path:
        """The certificate that a client of this server has to trust."""
        return self.base / "cert.pem"

    @property
    def log(self) -> str:
        path = self.base / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def start(self) -> None:
        """Start, or start again after `stop` on the same ports with the same mail."""
        program = binary()
        if not program:
            raise NotInstalled("dovecot")
        fixed = self.port != 0
        for _ in range(5):  # a free port may be taken before Dovecot is there
            if not fixed:
                self.port, self.tls_port = ports.free(), ports.free()
            config = self.base / "dovecot.conf"
            config.write_text(self._config())
            process = subprocess.Popen([program, "-F", "-c", config], stderr=subprocess.DEVNULL)
            if ports.wait(process, self.port) and ports.wait(process, self.tls_port):
                self._process = process
                return
            process.terminate()
            process.wait(30)
        raise RuntimeError(f"Dovecot did not start:\n{self.log}")

    def stop(self) -> None:
        if self._process:
            self._process.terminate()
            self._process.wait(30)
            self._process = None

    @contextmanager
    def client(self, user: str) -> Iterator[IMAPClient]:
        """A signed-in client, for what a person does to a mailbox: flags, moves, deletions."""
        with IMAPClient(self.host, self.port, ssl=False, timeout=30) as client:
            client.normalise_times = False
            client.login(user, self.password)
            yield client

    def append(
        self,
        user: str,
        *raws: bytes,
        folder: str = "INBOX",
        flags: Sequence[str] = (),
        received: datetime | None = None,
    ) -> list[int]:
        """Put messages into a folder, made where it is absent; returns their UIDs."""
        with self.client(user) as client:
            if not client.folder_exists(folder):
                client.create_folder(folder)
            first: int = client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"]
            given = {"flags": flags} | ({"date": received} if received else {})
            for start in range(0, len(raws), 100):
                client.multiappend(folder, [given | {"msg": raw} for raw in raws[start : start + 100]])
        return list(range(first, first + len(raws)))

    def state(self, user: str, folder: str = "INBOX") -> FolderState:
        """What the server holds, looked at without changing it."""
        with self.client(user) as client:
            selected: dict[bytes, Any] = client.select_folder(folder, readonly=True)
            fetched = client.fetch(client.search("ALL"), ["FLAGS"])
        flags = {uid: frozenset(flag.decode() for flag in row[b"FLAGS"]) for uid, row in fetched.items()}
        return FolderState(selected[b"UIDVALIDITY"], selected[b"UIDNEXT"], flags)

    def flags(self, user: str, folder: str = "INBOX") -> dict[int, frozenset[str]]:
        return self.state(user, folder).flags

    def _lay(self, base: Path) -> None:
        certificate.make(base)
        (base / "mail").mkdir()
        if os.geteuid() == 0:
            base.chmod(0o755)  # the mail's owner passes through it
            shutil.chown(base / "mail", "nobody", "nogroup")

    def _config(self) -> str:
        root = os.geteuid() == 0
        me, mine = getpass.getuser(), grp.getgrgid(os.getegid()).gr_name
        return CONFIG.format(
            base=self.base,
            host=self.host,
            internal="dovecot" if root else me,
            internal_group="dovecot" if root else mine,
            login="dovenull" if root else me,
            owner="nobody" if root else me,
            group="nogroup" if root else mine,
            chroot="login" if root else "",
            cert=self.cert,
            key=self.base / "key.pem",
            password=self.password,
            oauth=self._oauth(),
            port=self.port,
            tls_port=self.tls_port,
        )

    def _oauth(self) -> str:
        mechanisms = "\n".join(f"  {name} = yes" for name in self._mechanisms)
        return OAUTH.format(url=self._tokens, mechanisms=mechanisms) if self._tokens else ""
