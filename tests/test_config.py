"""Settings: one sentence for whatever is wrong, the environment over the file, and a sample that lists them all."""

import tomllib
from pathlib import Path

import pytest

from tipline import config_sample
from tipline.config import LISTS, SINGLE, Settings, load
from tipline.errors import SettingsError
from tipline.mail_settings import MailboxSettings, OAuth, Section
from tipline.resources import master, open_database
from tipline.sealing import make_key_file

ROOT = Path(__file__).parent.parent


def write(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text, encoding="utf-8")
    return file


def sentence(folder: Path, text: str, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(write(folder, text), environ or {})
    said = str(caught.value)
    assert "\n" not in said
    return said


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    assert settings.web.port == 5000
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'tipline.db'}"


def test_a_setting_outside_sections_can_come_from_the_environment_too(tmp_path: Path) -> None:
    file = write(tmp_path, "")
    assert load(file, {"TIPLINE_DEMO": "true"}).demo
    assert not load(file, {"TIPLINE_PORT": "tcp://10.0.0.7:80", "TIPLINE_CONFIG": "x"}).demo
    sections = {name for name, field in Settings.model_fields.items() if isinstance(field.default, Section | dict)}
    assert set(Settings.model_fields) - sections == SINGLE


def test_an_unknown_key_is_named(tmp_path: Path) -> None:
    assert sentence(tmp_path, "[web]\nprot = 80\n") == (
        "web.prot: there is no such setting; `config.example.toml` lists them all"
    )


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    assert sentence(tmp_path, "[wbe]\nport = 80\n").startswith("wbe: there is no such setting")


def test_a_bad_value_is_named_and_not_repeated(tmp_path: Path) -> None:
    said = sentence(tmp_path, '[smtp]\nport = "secret"\n')
    assert said.startswith("smtp.port: ")
    assert "secret" not in said


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('[newsroom]\nurl = "http://x/path"\n', "newsroom.url"),
        ('[newsroom]\ntimezone = "Berlin"\n', "newsroom.timezone"),
        ('[newsroom]\nlanguages = ["klingon"]\n', "newsroom.languages"),
        ("[web]\nport = 0\n", "web.port"),
        ('[mailbox.tips]\nkind = "pop"\n', "mailbox.tips.kind"),
    ],
)
def test_values_out_of_range_name_their_key(tmp_path: Path, text: str, key: str) -> None:
    assert sentence(tmp_path, text).startswith(f"{key}: ")


def test_a_mailbox_that_is_not_whole_says_what_lacks(tmp_path: Path) -> None:
    assert sentence(tmp_path, "[mailbox.tips]\n") == "mailbox.tips: host, user: an IMAP mailbox needs both"
    assert sentence(tmp_path, '[mailbox.tips]\nkind = "maildir"\n') == (
        "mailbox.tips: path: a maildir needs the path of its folder"
    )


def test_what_is_not_toml_says_so(tmp_path: Path) -> None:
    assert "not valid TOML" in sentence(tmp_path, "[web\n")


def test_a_missing_file_points_to_init(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="tipline init"):
        load(tmp_path / "nothing.toml", {})


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, '[web]\nport = 80\n[mailbox.tips]\nhost = "imap.example"\nuser = "tips"\n')
    environ = {
        "TIPLINE_WEB__PORT": "8080",
        "TIPLINE_MAILBOX__TIPS__PASSWORD": "hidden",
        "TIPLINE_WEB__TRUSTED_HOSTS": "a.example, b.example",
        "TIPLINE_CONFIG": "not a setting",
    }
    settings = load(file, environ)
    assert settings.web.port == 8080
    assert settings.web.trusted_hosts == ["a.example", "b.example"]
    assert settings.mailbox["tips"].password.get_secret_value() == "hidden"


def test_an_unknown_key_in_the_environment_is_named(tmp_path: Path) -> None:
    assert sentence(tmp_path, "", {"TIPLINE_WEB__PROT": "80"}).startswith("web.prot: ")


def test_a_secret_may_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "smtp.password").write_text("hidden\n", encoding="utf-8")
    settings = load(write(tmp_path, '[smtp]\npassword_file = "smtp.password"\n'), {})
    assert settings.smtp.password.get_secret_value() == "hidden"
    assert "hidden" not in repr(settings)


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    assert sentence(tmp_path, '[smtp]\npassword_file = "nowhere"\n').startswith("smtp: password_file: can't be read")


@pytest.mark.parametrize("host", ["smtp.example", "10.0.0.1"])
def test_plain_smtp_is_for_loopback_only(tmp_path: Path, host: str) -> None:
    assert "loopback only" in sentence(tmp_path, f'[smtp]\nhost = "{host}"\nsecurity = "none"\n')
    load(write(tmp_path, '[smtp]\nhost = "127.0.0.1"\nsecurity = "none"\n'), {})


def test_plain_imap_is_for_loopback_only(tmp_path: Path) -> None:
    text = '[mailbox.tips]\nhost = "{}"\nuser = "u"\nsecurity = "none"\n'
    assert "loopback only" in sentence(tmp_path, text.format("imap.example"))
    load(write(tmp_path, text.format("localhost")), {})


GRANTED = '[mailbox.china]\nhost = "h"\nuser = "u"\n[mailbox.china.oauth]\n'


def test_a_provider_is_known_by_its_name(tmp_path: Path) -> None:
    google = load(write(tmp_path, GRANTED + 'provider = "google"\nclient_id = "x"\n'), {}).mailbox["china"].oauth
    assert google and google.endpoints.token_url == "https://oauth2.googleapis.com/token"
    assert google.endpoints.device_url == "", "its device codes do not reach mail"
    text = GRANTED + 'provider = "microsoft"\nclient_id = "x"\ntenant = "news.example"\n'
    microsoft = load(write(tmp_path, text), {}).mailbox["china"].oauth
    assert microsoft and microsoft.endpoints.device_url == (
        "https://login.microsoftonline.com/news.example/oauth2/v2.0/devicecode"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('provider = "google"\n', "mailbox.china.oauth: client_id: register"),
        ('client_id = "x"\n', "mailbox.china.oauth: token_url, authorization_url or device_url: "),
        (
            'client_id = "x"\ntoken_url = "http://login.example/"\n',
            "mailbox.china.oauth.token_url: begin it with https",
        ),
        ('client_id = "x"\ndevice_url = "file:///etc/passwd"\n', "mailbox.china.oauth.device_url: begin it with https"),
        ('client_id = "x"\ntenant = "a/b"\n', "mailbox.china.oauth.tenant: "),
        ('client_id = "x"\nclient_secret_file = "nowhere"\n', "mailbox.china.oauth: client_secret_file: can't be read"),
    ],
)
def test_a_grant_that_could_not_work_is_refused_at_the_start(tmp_path: Path, text: str, said: str) -> None:
    assert sentence(tmp_path, GRANTED + text).startswith(said)


def test_a_maildir_has_no_grant(tmp_path: Path) -> None:
    text = GRANTED.replace("host", 'kind = "maildir"\npath = "m"\nhost') + 'provider = "google"\nclient_id = "x"\n'
    assert sentence(tmp_path, text).startswith("mailbox.china: oauth: a maildir")


def test_a_clients_secret_may_be_a_file_and_come_from_the_environment(tmp_path: Path) -> None:
    (tmp_path / "client.txt").write_text("hidden\n", encoding="utf-8")
    file = write(tmp_path, GRANTED + 'provider = "google"\nclient_secret_file = "client.txt"\n')
    settings = load(file, {"TIPLINE_MAILBOX__CHINA__OAUTH__CLIENT_ID": "y"})
    oauth = settings.mailbox["china"].oauth
    assert oauth and (oauth.client_id, oauth.client_secret.get_secret_value()) == ("y", "hidden")
    assert "hidden" not in repr(settings)


def test_outgoing_mail_borrows_a_grant_that_is_there_and_says_for_whom(tmp_path: Path) -> None:
    grant = GRANTED + 'provider = "google"\nclient_id = "x"\n'
    wanted = '[smtp]\nhost = "h"\nuser = "u"\noauth_mailbox = "china"\n'
    load(write(tmp_path, grant + wanted), {})
    assert sentence(tmp_path, wanted) == "smtp.oauth_mailbox: there is no section [mailbox.china.oauth]"
    assert sentence(tmp_path, grant + wanted.replace('user = "u"\n', "")).startswith("smtp: user: ")


def test_paths_count_from_the_folder_of_the_file(tmp_path: Path) -> None:
    text = '[data]\nfolder = "x"\n[mailbox.tips]\nkind = "maildir"\npath = "mails"\n'
    settings = load(write(tmp_path, text), {})
    assert settings.data.folder == tmp_path / "x"
    assert settings.secrets.key_file == tmp_path / "tipline.key"
    assert settings.mailbox["tips"].path == tmp_path / "mails"


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    make_key_file(settings.secrets.key_file)
    master(settings)
    settings.secrets.key_file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        open_database(settings)


def test_a_missing_key_is_never_made_up(tmp_path: Path) -> None:
    settings = load(write(tmp_path, ""), {})
    with pytest.raises(SettingsError, match="put your copy back"):
        master(settings)
    assert not settings.secrets.key_file.exists()


def test_the_sample_file_is_what_the_declaration_gives() -> None:
    kept = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    assert kept == config_sample.render({}), "write it anew: python -m tipline.config_sample > config.example.toml"


def test_every_setting_stands_in_the_sample_file_and_is_taken_with_its_default(tmp_path: Path) -> None:
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    lines = text.splitlines()
    on = [line.removeprefix("#") if line.startswith("#") and not line.startswith("# ") else line for line in lines]
    on = ['host = "imap.example"' if line == 'host = ""' else line for line in on if "/path/to/file" not in line]
    on = ['user = "tips"' if line == 'user = ""' else line for line in on]
    on = ['provider = "google"' if line == 'provider = "other"' else line for line in on]
    on = ['client_id = "tipline"' if line == 'client_id = ""' else line for line in on]
    settings = load(write(tmp_path, "\n".join(on)), {})
    tree = tomllib.loads("\n".join(on))
    assert settings.mailbox["tips"].folders == ["INBOX"]
    for name, section in tree.items():
        if name not in ("demo", "mailbox"):
            declared = set(type(getattr(settings, name)).model_fields)
            assert declared - set(section) <= {"password_file", "ca_file"}
    assert set(MailboxSettings.model_fields) - set(tree["mailbox"]["tips"]) <= {"password_file", "ca_file", "path"}
    assert set(OAuth.model_fields) - set(tree["mailbox"]["tips"]["oauth"]) == {"client_secret_file"}
    assert set(Settings.model_fields) == set(tree)
    assert {"authserv_ids", "folders", "languages", "own_domains", "trusted_hosts"} == LISTS


def test_each_setting_says_what_it_is() -> None:
    sections = [type(value) for value in dict(Settings()).values() if isinstance(value, Section)]
    assert len(sections) == 8
    for section in (MailboxSettings, OAuth, *sections):
        for name, field in section.model_fields.items():
            assert field.description, f"{section.__name__}.{name}"


def test_the_domains_of_our_own_people_are_bare_and_in_small_letters(tmp_path: Path) -> None:
    settings = load(write(tmp_path, '[newsroom]\nown_domains = ["Meridian.example"]\n'), {})
    assert settings.newsroom.own_domains == ["meridian.example"]
    for wrong in ("@meridian.example", "alice@meridian.example", "meridian", "*.example", "https://meridian.example"):
        said = sentence(tmp_path, f'[newsroom]\nown_domains = ["{wrong}"]\n')
        assert said == "newsroom.own_domains: write domains like newsroom.example, without @"


def test_each_mailbox_names_the_servers_whose_word_on_senders_counts(tmp_path: Path) -> None:
    text = '[mailbox.tips]\nkind = "maildir"\npath = "mail"\nauthserv_ids = ["mx.google.com"]\n'
    assert load(write(tmp_path, text), {}).mailbox["tips"].authserv_ids == ["mx.google.com"]
    given = {"TIPLINE_MAILBOX__TIPS__AUTHSERV_IDS": "mx.one.example, mx.two.example"}
    assert load(write(tmp_path, text), given).mailbox["tips"].authserv_ids == ["mx.one.example", "mx.two.example"]
