"""The settings of the sender; nothing else in this package reads the environment."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from inkgate_common.settings import ServiceSettings, api_base, several
from inkgate_sender.domain.verdict import Policy


class SenderSettings(ServiceSettings):
    http_port: int = Field(default=8082, ge=0, le=65535, description="port to listen on")
    api_key: SecretStr | None = Field(
        default=None, description="bearer key of the API; without one it answers on the loopback address only"
    )
    whatsapp_api_base: str = Field(
        default="https://graph.facebook.com", description="where the Graph API is (or the sandbox)"
    )
    whatsapp_api_version: str = Field(default="v26.0", pattern=r"^v\d+\.\d+$", description="version of the Graph API")
    whatsapp_phone_number_id: str = Field(
        pattern=r"^\d{1,64}(\s*,\s*\d{1,64})*$", description="id of our WhatsApp number; several, comma separated"
    )
    whatsapp_access_token: SecretStr = Field(min_length=1, description="token with whatsapp_business_messaging")
    whatsapp_rate: float = Field(
        default=80.0, ge=0, le=10_000, description="messages/s a number, over all replicas; 0: no pacing of ours at all"
    )
    gate_on: Literal["accepted", "delivered"] = Field(
        default="accepted", description="what counts as delivered: WhatsApp's acceptance, or its status delivered"
    )
    gate_timeout: float = Field(
        default=120.0, gt=0, le=86_400, description="with gate_on=delivered: seconds after which acceptance is enough"
    )
    uncertain_wait: float = Field(
        default=30.0, gt=0, le=3600, description="seconds to wait for a status before an uncertain send is repeated"
    )
    send_timeout: float = Field(default=10.0, gt=0, le=60, description="seconds that one call may take")
    retry_tries: int = Field(default=8, ge=1, le=100, description="failed tries after which a message fails")
    retry_budget: float = Field(default=900.0, gt=0, le=86_400, description="seconds of trying after which it fails")
    retry_base: float = Field(default=2.0, gt=0, le=300, description="seconds before the second try; each doubles it")
    hold_probe: float = Field(
        default=60.0, gt=0, le=86_400, description="seconds between two tries to send one message of a number on hold"
    )
    send_concurrency: int = Field(default=256, ge=1, le=2000, description="calls under way at once in one process")

    @field_validator("whatsapp_api_base")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return api_base(url, "https://graph.facebook.com", "token")

    @property
    def phone_number_ids(self) -> list[str]:
        """Our numbers."""
        return list(several(self.whatsapp_phone_number_id))

    @property
    def policy(self) -> Policy:
        """What the rules need of the settings."""
        return Policy(
            gate_on=self.gate_on,
            gate_timeout_s=self.gate_timeout,
            tries_max=self.retry_tries,
            budget_s=self.retry_budget,
            base_s=self.retry_base,
        )
