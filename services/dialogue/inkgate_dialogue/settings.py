"""Dialogue's settings."""

from pathlib import Path

from pydantic import Field, SecretStr, model_validator

from inkgate_common.settings import ServiceSettings

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class DialogueSettings(ServiceSettings):
    """What `inkgate-dialogue` reads from the environment."""

    http_port: int = Field(default=8080, ge=0, le=65535, description="port to listen on")
    studio: Path | None = Field(
        default=None, description="studio file or folder; the one that comes with Inkgate if unset"
    )
    artist_numbers: str = Field(
        default="",
        pattern=r"^[0-9, ]*$",
        description="numbers of artists besides the studio file's, digits as in wa_id, comma separated",
    )
    whatsapp_phone_number_id: str = Field(min_length=1, description="the number that artists' notices go out from")
    api_key: SecretStr | None = Field(
        default=None, description="Bearer key of the API; without one it starts on the loopback address only"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+(/[^\s]*)?$",
        description="where this service is reached from outside; without it artists' notices and bookings carry no links",
    )
    calendar_secret: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="the artist's calendar feed is at /calendar/<this>.ics; without it there is none",
    )

    @model_validator(mode="after")
    def _key_or_loopback(self) -> "DialogueSettings":
        if self.api_key is None and self.http_host not in _LOOPBACK:
            raise ValueError(
                f"INKGATE_API_KEY is not set: without it the API may listen on 127.0.0.1 only, not on {self.http_host}"
            )
        return self
