"""The command and its settings: what is bad is named, it runs on loopback only, and it stops when it is told to."""

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from inkgate.local.ports import free_port
from inkgate.sandbox.settings import SettingsError, is_loopback, load_settings
from tests.sandbox.conftest import settings_for

GOOD = {
    "INKGATE_WHATSAPP_APP_SECRET": "not-a-real-app-secret",
    "INKGATE_WHATSAPP_ACCESS_TOKEN": "not-a-real-access-token",
    "INKGATE_STRIPE_SECRET_KEY": "sk_test_not_a_real_key",
    "INKGATE_STRIPE_WEBHOOK_SECRET": "whsec_not_a_real_secret",
}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INKGATE_")}
    return {**kept, **GOOD, **more}


def test_every_missing_setting_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in GOOD:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert all(name in str(refused.value) for name in GOOD)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.20", "::", "example.com"])
def test_it_listens_on_loopback_only(host: str) -> None:
    with pytest.raises(SettingsError, match="INKGATE_HTTP_HOST"):
        settings_for("http://127.0.0.1:1", http_host=host)


def test_in_a_container_it_may_listen_everywhere_and_is_still_reached_on_loopback() -> None:
    settings = settings_for("http://127.0.0.1:1", http_host="0.0.0.0", http_port=8090, sandbox_published=True)
    assert settings.base_url == "http://127.0.0.1:8090"


def test_statuses_are_a_list_and_may_be_none() -> None:
    assert settings_for("http://127.0.0.1:1", sandbox_statuses="sent, read").sandbox_statuses == ("sent", "read")
    assert settings_for("http://127.0.0.1:1", sandbox_statuses="").sandbox_statuses == ()
    with pytest.raises(SettingsError, match="INKGATE_SANDBOX_STATUSES"):
        settings_for("http://127.0.0.1:1", sandbox_statuses="seen")


def test_loopback_names() -> None:
    assert [is_loopback(host) for host in ("localhost", "127.0.0.1", "127.9.9.9", "::1", "[::1]")] == [True] * 5
    assert not is_loopback("localhost.example.com")


def test_a_bad_setting_ends_it_with_one_line() -> None:
    command = [sys.executable, "-m", "inkgate.sandbox"]
    ended = subprocess.run(command, env=environment(INKGATE_HTTP_HOST="0.0.0.0"), capture_output=True, text=True)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "INKGATE_HTTP_HOST" in ended.stderr


def test_it_says_when_it_is_ready_and_stops_on_sigterm_with_a_page_open(tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "inkgate.sandbox"]
    running = subprocess.Popen(command, env=environment(INKGATE_HTTP_PORT=str(port)), stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr is not None
        assert "ready" in running.stderr.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/sandbox/events", timeout=10) as stream:
            assert b"retry" in stream.readline()
            running.send_signal(signal.SIGTERM)
            assert running.wait(10) == 0
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()
        assert running.stderr is not None
        running.stderr.close()
