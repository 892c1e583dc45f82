"""The settings of intake; nothing else in this package reads the environment."""

import re

from pydantic import Field, SecretStr, field_validator

from inkgate_common.settings import ServiceSettings, several
from inkgate_intake.domain.artists import digits

_PHONE_NUMBER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
IDENTITY_KEY_CHARS_MIN = 16


class IntakeSettings(ServiceSettings):
    http_port: int = Field(default=8081, ge=0, le=65535, description="port to listen on")
    identity_key: SecretStr = Field(
        description="secret of 16 characters or more that conversation ids are made with; a new one makes every client new"
    )
    whatsapp_phone_number_id: str = Field(
        description="id of our WhatsApp number; several, comma separated. What is for another number has no effect"
    )
    whatsapp_app_secret: SecretStr = Field(
        description="app secret that webhooks are signed with; several, comma separated, while one is being replaced"
    )
    whatsapp_verify_token: SecretStr = Field(
        min_length=1, description="the token entered beside the webhook's address in Meta's app dashboard"
    )
    studio: str | None = Field(
        default=None, description="studio file or folder; intake reads the artists' numbers in it"
    )
    artist_numbers: str = Field(
        default="", description="numbers that are artists' besides those of the studio file, comma separated digits"
    )

    @field_validator("identity_key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if len(key.get_secret_value()) < IDENTITY_KEY_CHARS_MIN:
            raise ValueError(f"must have at least {IDENTITY_KEY_CHARS_MIN} characters")
        return key

    @field_validator("whatsapp_phone_number_id")
    @classmethod
    def _are_ids(cls, ids: str) -> str:
        if not several(ids) or not all(_PHONE_NUMBER_ID.fullmatch(part) for part in several(ids)):
            raise ValueError("must be a phone number id such as 106540352242922, or several, comma separated")
        return ids

    @field_validator("whatsapp_app_secret")
    @classmethod
    def _has_a_secret(cls, secrets: SecretStr) -> SecretStr:
        if not several(secrets.get_secret_value()):
            raise ValueError("holds no secret")
        return secrets

    @field_validator("artist_numbers")
    @classmethod
    def _are_numbers(cls, numbers: str) -> str:
        digits(several(numbers))
        return numbers

    @field_validator("studio")
    @classmethod
    def _empty_is_none(cls, path: str | None) -> str | None:
        return path or None

    @property
    def phone_number_ids(self) -> frozenset[str]:
        """Our numbers."""
        return frozenset(several(self.whatsapp_phone_number_id))

    @property
    def app_secrets(self) -> tuple[bytes, ...]:
        """Every secret that a webhook may be signed with."""
        return tuple(part.encode() for part in several(self.whatsapp_app_secret.get_secret_value()))

    @property
    def extra_artists(self) -> frozenset[str]:
        """The artists' numbers that are given here."""
        return digits(several(self.artist_numbers))
