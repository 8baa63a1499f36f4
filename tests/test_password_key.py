"""The setting that holds a mailbox's password is named where a server refuses it."""

from pathlib import Path

from tests.servers.scripted import Scripted
from tipline import doctor
from tipline.mail_settings import MailboxSettings


def test_the_doctor_names_the_setting_that_holds_a_refused_password(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("p", "ascii")
    with Scripted(LOGIN="NO [AUTHENTICATIONFAILED] no") as server:
        at = {"host": "127.0.0.1", "port": server.port, "security": "none", "user": "u"}
        in_file = MailboxSettings.model_validate(at | {"password_file": secret})
        in_place = MailboxSettings.model_validate(at | {"password": "p", "password_file": secret})
        assert "mailbox.tips.password_file;" in doctor.mailbox("tips", in_file).said
        assert "mailbox.tips.password;" in doctor.mailbox("tips", in_place).said
