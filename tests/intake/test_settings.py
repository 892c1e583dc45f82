"""A bad setting stops the service with one line that names it."""

from pathlib import Path

import pytest

from inkgate_common.errors import SettingsError
from inkgate_common.settings import load
from inkgate_intake.app import artists
from inkgate_intake.settings import IntakeSettings

GOOD = {
    "INKGATE_DATABASE_URL": "postgresql://inkgate@127.0.0.1/inkgate_intake",
    "INKGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "INKGATE_IDENTITY_KEY": "sixteen letters!",
    "INKGATE_WHATSAPP_PHONE_NUMBER_ID": "106540352242922, 106540352242923",
    "INKGATE_WHATSAPP_APP_SECRET": "newest, older",
    "INKGATE_WHATSAPP_VERIFY_TOKEN": "a token",
}


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_what_is_given(given: pytest.MonkeyPatch) -> None:
    given.setenv("INKGATE_STRIPE_SECRET_KEY", "not ours")
    settings = load(IntakeSettings)
    assert settings.phone_number_ids == {"106540352242922", "106540352242923"}
    assert settings.app_secrets == (b"newest", b"older")
    assert settings.http_port == 8081


def test_secrets_do_not_show(given: pytest.MonkeyPatch) -> None:
    shown = repr(load(IntakeSettings))
    assert not any(secret in shown for secret in ("newest", "older", "sixteen letters!", "a token"))


@pytest.mark.parametrize("name", sorted(GOOD))
def test_a_missing_setting_is_named(given: pytest.MonkeyPatch, name: str) -> None:
    given.delenv(name)
    with pytest.raises(SettingsError, match=f"^{name}: is not set$"):
        load(IntakeSettings)


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("INKGATE_IDENTITY_KEY", "short", "at least 16 characters"),
        ("INKGATE_WHATSAPP_PHONE_NUMBER_ID", ",", "must be a phone number id"),
        ("INKGATE_WHATSAPP_PHONE_NUMBER_ID", "a b", "must be a phone number id"),
        ("INKGATE_WHATSAPP_APP_SECRET", " , ", "holds no secret"),
        ("INKGATE_WHATSAPP_VERIFY_TOKEN", "", ""),
        ("INKGATE_ARTIST_NUMBERS", "+447700900999", "must be digits"),
        ("INKGATE_HTTP_PORT", "lots", ""),
    ],
)
def test_a_bad_setting_is_named_and_its_value_is_not_shown(
    given: pytest.MonkeyPatch, name: str, value: str, wrong: str
) -> None:
    given.setenv(name, value)
    with pytest.raises(SettingsError, match=f"^{name}: .*{wrong}") as caught:
        load(IntakeSettings)
    assert "\n" not in str(caught.value) and "short" not in str(caught.value)


def test_artists_of_the_studio_file_and_of_the_setting(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "studio.toml"
    file.write_text('[[artist]]\nnumber = "447700900999"\nname = "Mo"\n')
    given.setenv("INKGATE_ARTIST_NUMBERS", "447700900998")
    for place in (file, tmp_path):
        given.setenv("INKGATE_STUDIO", str(place))
        assert artists(load(IntakeSettings)) == {"447700900999", "447700900998"}
    given.setenv("INKGATE_STUDIO", "")
    assert artists(load(IntakeSettings)) == {"447700900998"}


@pytest.mark.parametrize(
    ("content", "wrong"), [(None, "No such file"), ("[[artist", "is not TOML"), (b"\xff", "decode")]
)
def test_a_studio_file_that_cannot_be_read_is_named(
    given: pytest.MonkeyPatch, tmp_path: Path, content: str | bytes | None, wrong: str
) -> None:
    file = tmp_path / "studio.toml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    given.setenv("INKGATE_STUDIO", str(file))
    with pytest.raises(SettingsError, match=f"^INKGATE_STUDIO: .*{wrong}"):
        artists(load(IntakeSettings))


def test_a_studio_folder_without_a_file(given: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given.setenv("INKGATE_STUDIO", str(tmp_path))
    with pytest.raises(SettingsError, match=r"^INKGATE_STUDIO: there is no \.toml file"):
        artists(load(IntakeSettings))
