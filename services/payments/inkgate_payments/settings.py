"""The settings of payments; nothing else in this package reads the environment."""

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from inkgate_common.settings import ServiceSettings, api_base, several


class PaymentsSettings(ServiceSettings):
    http_port: int = Field(default=8083, ge=0, le=65535, description="port to listen on")
    public_url: str = Field(
        description="where clients reach this installation; Stripe sends them back to pages under it after paying"
    )
    stripe_api_base: str = Field(default="https://api.stripe.com", description="where Stripe's API is (or the sandbox)")
    stripe_secret_key: SecretStr = Field(min_length=1, description="Stripe's secret or restricted API key")
    stripe_webhook_secret: SecretStr = Field(
        description="signing secret of the webhook endpoint; several, comma separated, while one is being replaced"
    )
    stripe_product_name: str = Field(
        default="Tattoo deposit", min_length=1, max_length=250, description="what the checkout page says is paid for"
    )

    @field_validator("public_url")
    @classmethod
    def _is_url(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must look like https://studio.example")
        return url.rstrip("/")

    @field_validator("stripe_api_base")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        return api_base(url, "https://api.stripe.com", "key")

    @field_validator("stripe_webhook_secret")
    @classmethod
    def _has_a_secret(cls, secrets: SecretStr) -> SecretStr:
        if not several(secrets.get_secret_value()):
            raise ValueError("holds no secret")
        return secrets

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Every secret that a webhook may be signed with."""
        return several(self.stripe_webhook_secret.get_secret_value())
