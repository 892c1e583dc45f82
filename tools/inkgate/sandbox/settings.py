"""The sandbox's settings; nothing else in this package reads the environment."""

import ipaddress
from typing import Annotated, Any

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

STATUSES_KNOWN = ("sent", "delivered", "read", "played", "failed")


class SettingsError(Exception):
    """A setting is missing or bad; the text names it and says what is wrong."""


class Settings(BaseSettings):
    """Settings from `INKGATE_*` variables. Frozen; names that are not its own are ignored."""

    model_config = SettingsConfigDict(env_prefix="INKGATE_", frozen=True, extra="ignore")

    sandbox_published: bool = False
    """It runs in a container that is published on the host's loopback address: then it may listen on every address of its
    own. It still answers those only who call it by a name of this machine."""
    http_host: str = "127.0.0.1"
    http_port: int = Field(default=8090, ge=1, le=65535)
    log_format: str = Field(default="text", pattern="^(text|json)$")

    whatsapp_app_secret: SecretStr
    whatsapp_access_token: SecretStr
    whatsapp_phone_number_id: str = "106540352242922"
    stripe_secret_key: SecretStr
    stripe_webhook_secret: SecretStr
    api_key: SecretStr | None = None
    """Passed on to dialogue by the page's proxy, where dialogue was given one."""

    sandbox_intake_url: str = "http://127.0.0.1:8081"
    sandbox_payments_url: str = "http://127.0.0.1:8083"
    sandbox_dialogue_url: str = "http://127.0.0.1:8080"

    sandbox_statuses: Annotated[tuple[str, ...], NoDecode] = ("sent", "delivered", "read")
    sandbox_status_delay_ms: int = Field(default=250, ge=0, le=600_000)
    """Before the first status webhook and between each two of a message."""
    sandbox_log_entries: int = Field(default=200_000, ge=100)
    sandbox_queue_entries: int = Field(default=200_000, ge=100)
    """Webhooks that may wait per destination; what comes on top is dropped, and the log says so."""
    sandbox_webhooks_in_flight: int = Field(default=64, ge=1, le=1000)
    sandbox_retry_minutes: float = Field(default=60.0, gt=0)

    @field_validator("sandbox_statuses", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("sandbox_statuses")
    @classmethod
    def _known(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for status in value:
            if status not in STATUSES_KNOWN[:4]:
                raise ValueError(f"{status!r} is not one of sent, delivered, read, played")
        return value

    @field_validator("http_host")
    @classmethod
    def _loopback(cls, value: str, info: ValidationInfo) -> str:
        if not is_loopback(value) and not info.data.get("sandbox_published"):
            raise ValueError(f"{value!r} is not a loopback address; the sandbox is for development and runs only there")
        return value

    @field_validator("sandbox_intake_url", "sandbox_payments_url", "sandbox_dialogue_url")
    @classmethod
    def _no_slash(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError(f"{value!r} does not start with http:// or https://")
        return value.rstrip("/")

    @property
    def base_url(self) -> str:
        """Where the sandbox itself is reached; pay pages and media urls start with it."""
        if self.sandbox_published:
            return f"http://127.0.0.1:{self.http_port}"
        host = f"[{self.http_host}]" if ":" in self.http_host else self.http_host
        return f"http://{host}:{self.http_port}"


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address, without port) can only be reached from this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def load_settings(**overrides: Any) -> Settings:
    """Read the settings. `overrides` go before the environment.

    Raises SettingsError, one line, naming every variable that is missing or bad; values are never shown whole.
    """
    try:
        return Settings(**overrides)
    except ValidationError as error:
        problems = []
        for item in error.errors(include_url=False, include_input=False):
            name = "INKGATE_" + "_".join(str(part) for part in item["loc"]).upper()
            problems.append(f"{name}: {'is not set' if item['type'] == 'missing' else item['msg']}")
        raise SettingsError("; ".join(problems)) from None
