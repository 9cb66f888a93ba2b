"""Keys, limits of rate, other origins, and what the page may do."""

import asyncio
import gc
import hashlib
import os
import signal
import stat

import pytest
import requests
from service_load import ServiceProcess
from service_media import picture

from skemotion.cli import main
from skemotion.serving import create_app
from skemotion.serving.problems import Refusal
from skemotion.serving.security import Keys, RateLimiter, add_key, key_in, make_key
from skemotion.serving.settings import Settings


@pytest.fixture(scope="module")
def key_file(tmp_path_factory):
    return tmp_path_factory.mktemp("keys") / "keys"


@pytest.fixture(scope="module")
def key(key_file):
    return add_key(key_file, "anna")


@pytest.fixture(scope="module")
def guarded(face_model, key_file, key):
    origin = "https://page.example"
    with ServiceProcess(
        face_model, api_keys=key_file, cors_origins=origin, rate=0.5, burst=6
    ) as running:
        yield running


def test_key_is_shown_once_and_kept_as_a_hash(tmp_path, capsys):
    path = tmp_path / "keys"
    with pytest.raises(SystemExit):
        main(["serve", "--api-keys", str(path), "--new-key", "anna"])
    key = capsys.readouterr().out.strip()
    text = path.read_text()
    assert key not in text
    assert text == f"anna sha256:{hashlib.sha256(key.encode()).hexdigest()}\n"
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    keys = Keys(path)
    assert keys.check(key.encode()) == "anna"
    for wrong in (None, b"", key[:-1].encode(), b"\xff", key.upper().encode()):
        with pytest.raises(Refusal, match="Expected a key of this service, got") as caught:
            keys.check(wrong)
        assert caught.value.status == 401


def test_file_of_keys_with_a_wrong_line(tmp_path):
    path = tmp_path / "keys"
    path.write_text("# mine\nanna secret\n")
    with pytest.raises(ValueError, match=r"Expected a name and sha256:\.\.\. in line 2 of"):
        Keys(path)
    path.write_text("\n")
    with pytest.raises(ValueError, match="Expected at least one key in"):
        Keys(path)


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({b"authorization": b"Bearer abc"}, b"abc"),
        ({b"authorization": b"bearer  abc "}, b"abc"),
        ({b"authorization": b"Basic abc"}, None),
        ({b"x-api-key": b"abc"}, b"abc"),
        ({}, None),
    ],
)
def test_where_the_key_stands(headers, found):
    assert key_in(headers) == found


def test_rate_is_limited_by_client():
    now = 0.0
    limiter = RateLimiter(2.0, 3, clock=lambda: now)
    for _ in range(3):
        limiter.check("anna")
    with pytest.raises(Refusal, match="at most 2 requests a second") as caught:
        limiter.check("anna")
    assert (caught.value.status, caught.value.headers) == (429, {"retry-after": "1"})
    limiter.check("otto")
    now = 0.5
    limiter.check("anna")
    with pytest.raises(Refusal):
        limiter.check("anna")
    now = 100.0
    for _ in range(3):
        limiter.check("anna")
    with pytest.raises(Refusal):
        limiter.check("anna")


def test_rate_limiter_forgets_clients_not_seen_for_long():
    limiter = RateLimiter(1.0, 1, clock=lambda: 0.0)
    for client in range(10_001):
        limiter.check(client)
    assert len(limiter._clients) == 10_000
    limiter.check(0)


def test_service_with_keys(guarded, key):
    url = guarded.url
    for path in ("/v1/model", "/metrics", "/v1/nothing"):
        answer = requests.get(url + path, timeout=9)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert requests.post(url + "/v1/predict", picture(), timeout=9).status_code == 401
    for path in ("/", "/healthz", "/readyz", "/openapi.json"):
        assert requests.get(url + path, timeout=9).status_code == 200
    headers = {"authorization": f"Bearer {key}"}
    answer = requests.post(url + "/v1/predict", picture(), headers=headers, timeout=9)
    assert answer.status_code == 200
    document = requests.get(url + "/openapi.json", timeout=9).json()
    assert document["security"] == [{"bearer": []}, {"header": []}]
    guarded._wait(lambda: any(line.get("key") == "anna" for line in guarded.lines()), 5)
    assert key not in guarded.log.read_text()


def test_service_limits_the_rate(guarded, key):
    headers = {"x-api-key": key}
    answers = [
        requests.get(guarded.url + "/v1/model", headers=headers, timeout=9) for _ in range(8)
    ]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["code"] == "rate_limited"
    assert int(answers[-1].headers["retry-after"]) >= 1


def test_only_named_origins_may_read_answers(guarded):
    for origin, allowed in (("https://page.example", True), ("https://other.example", False)):
        answer = requests.get(guarded.url + "/healthz", headers={"origin": origin}, timeout=9)
        assert (answer.headers.get("access-control-allow-origin") == origin) == allowed
        preflight = requests.options(
            guarded.url + "/v1/predict",
            headers={"origin": origin, "access-control-request-method": "POST"},
            timeout=9,
        )
        assert (preflight.status_code == 200) == allowed


def test_page_is_confined(service):
    answer = requests.get(service.url + "/", timeout=9)
    assert answer.headers["content-type"].startswith("text/html")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self';")
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"


def test_settings_come_from_options_then_from_the_environment(monkeypatch):
    monkeypatch.setenv("SKEMOTION_SERVE_PORT", "9000")
    monkeypatch.setenv("SKEMOTION_SERVE_MAX_DURATION", "5.5")
    monkeypatch.setenv("SKEMOTION_SERVE_PAGE", "no")
    settings = Settings.from_environment(port=7000, workers=None)
    assert (settings.port, settings.max_duration, settings.page) == (7000, 5.5, False)
    with pytest.raises(ValueError, match="Expected queue to be a whole number, got 'many'"):
        Settings.from_environment(queue="many")
    unknown = (
        "Expected the name of a setting, got 'queues'. Did you mean 'queue'\\? Available: host"
    )
    with pytest.raises(ValueError, match=unknown):
        Settings.from_environment(queues=1)
    with pytest.raises(ValueError, match="Expected batch to be at least 1, got 0"):
        Settings(batch=0)
    with pytest.raises(ValueError, match="Expected port to be at most 65535, got 99999"):
        Settings(port=99999)
    with pytest.raises(ValueError, match="Expected max_items to be at most queue"):
        Settings(queue=10)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("SKEMOTION_SERVE_MAX_DURATON", " Did you mean 'SKEMOTION_SERVE_MAX_DURATION'\\?"),
        ("SKEMOTION_SERVE_ZZZ", ""),
        ("SKEMOTION_SERVE_", ""),
    ],
)
def test_variable_of_no_setting_is_refused(monkeypatch, name, hint):
    monkeypatch.setenv(name, "5")
    expected = "Expected SKEMOTION_SERVE_ and the name of a setting, got"
    message = f"{expected} '{name}'.{hint} Available: host, port,"
    with pytest.raises(ValueError, match=message):
        Settings.from_environment()


@pytest.mark.parametrize("root", ["", "/emotions"])
def test_keys_are_asked_for_wherever_the_service_is_mounted(face_model, key_file, key, root):
    async def ask(method, path, *headers):
        messages = []

        async def receive():
            return {"type": "http.request", "body": picture(), "more_body": False}

        async def send(message):
            messages.append(message)

        scope = {"type": "http", "method": method, "path": root + path, "root_path": root}
        scope |= {"query_string": b"", "headers": list(headers), "client": ("127.0.0.1", 1)}
        await app(scope, receive, send)
        return messages[0]["status"]

    async def ask_all():
        await app.service.start()
        try:
            for path in ("/v1/model", "/metrics", "/v1/predict"):
                assert await ask("GET", path) == 401
            assert await ask("GET", "/healthz") == 200
            assert await ask("POST", "/v1/predict", (b"x-api-key", key.encode())) == 200
        finally:
            await app.service.stop()

    app = create_app(face_model, Settings(api_keys=str(key_file), watch=0, log_requests=False))
    try:
        asyncio.run(ask_all())
    finally:
        gc.unfreeze()


def test_key_after_a_line_that_does_not_end(tmp_path):
    path = tmp_path / "keys"
    path.write_text(make_key("otto")[1])
    key = add_key(path, "anna")
    assert Keys(path).check(key.encode()) == "anna"
    assert path.read_text().count("\n") == 2


def test_file_of_keys_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError, match="Expected a file of keys at "):
        Keys(tmp_path / "keys")


def test_hup_reads_keys_again(face_model, tmp_path):
    path = tmp_path / "keys"
    add_key(path, "anna")
    with ServiceProcess(face_model, api_keys=path) as service:
        headers = {"x-api-key": add_key(path, "otto")}
        url = service.url + "/v1/model"
        assert requests.get(url, headers=headers, timeout=9).status_code == 401
        service.process.send_signal(signal.SIGHUP)
        service._wait(lambda: requests.get(url, headers=headers, timeout=9).ok, 9)
