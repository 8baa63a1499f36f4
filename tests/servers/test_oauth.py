"""The token server does what the tests that lean on it take for granted."""

import contextlib
import json
import urllib.error
import urllib.request
from urllib.parse import urlencode

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers.dovecot import Dovecot
from tests.servers.oauth import CLIENT, TokenServer


def post(server: TokenServer, path: str, **form: str) -> tuple[int, dict[str, object]]:
    body = urlencode({"client_id": CLIENT, **form}).encode()
    try:
        with urllib.request.urlopen(f"{server.url}{path}", body, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


def refresh(server: TokenServer, token: object) -> tuple[int, dict[str, object]]:
    return post(server, "/token", grant_type="refresh_token", refresh_token=str(token))


def test_a_refresh_token_is_good_once_where_tokens_rotate(provider: TokenServer) -> None:
    _, token = provider.consented("mei")
    status, answer = refresh(provider, token)
    assert status == 200 and answer["refresh_token"] != token
    assert refresh(provider, token)[1]["error"] == "invalid_grant"
    assert refresh(provider, answer["refresh_token"])[0] == 200


def test_consent_taken_back_ends_every_token(provider: TokenServer) -> None:
    access, token = provider.consented("mei")
    provider.end()
    assert refresh(provider, token)[1]["error"] == "invalid_grant"
    assert post(provider, "/introspect", token=access) == (200, {"active": False})


def test_an_access_token_ends_with_its_time(provider: TokenServer) -> None:
    provider.lifetime = 0
    access, _ = provider.consented("mei")
    assert not provider.good(access)


def test_a_code_without_a_proof_is_refused(provider: TokenServer) -> None:
    asked = urlencode(
        {"client_id": CLIENT, "response_type": "code", "state": "s", "redirect_uri": "http://127.0.0.1:1"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{provider.url}/authorize?{asked}", timeout=10)
    caught.value.close()
    assert caught.value.code == 400
    assert post(provider, "/token", grant_type="authorization_code", code="x")[1]["error"] == "invalid_grant"


def test_dovecot_asks_it_whether_a_token_is_good(bearer_dovecot: Dovecot, provider: TokenServer) -> None:
    access, _ = provider.consented("introspected")
    for token, good in ((access, True), ("access-of-nobody", False)):
        with (
            IMAPClient(bearer_dovecot.host, bearer_dovecot.port, ssl=False, timeout=30) as client,
            contextlib.nullcontext() if good else pytest.raises(LoginError),
        ):
            client.oauthbearer_login("introspected", token)
    assert provider.counted["/introspect"] == 2
    with bearer_dovecot.client("introspected") as client:  # a password is taken as well
        assert client.folder_exists("INBOX")
