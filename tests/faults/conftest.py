from pathlib import Path
from uuid import uuid4

import pytest

from tests.faults.whole import Inbox
from tests.servers.dovecot import Dovecot
from tipline.mail_settings import MailboxSettings


@pytest.fixture
def inbox(dovecot: Dovecot) -> Inbox:
    return Inbox(dovecot, f"reader-{uuid4().hex[:8]}")


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    for name in ("tmp", "new", "cur"):
        (tmp_path / "mail" / name).mkdir(parents=True)
    return tmp_path / "mail"


@pytest.fixture
def local(maildir: Path) -> MailboxSettings:
    return MailboxSettings.model_validate({"kind": "maildir", "path": maildir})
