"""Stripe's errors. Source: Stripe API reference, 'Errors' and 'Error codes'."""

from typing import Any


class StripeError(Exception):
    """A refusal as Stripe words it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.kind = kind

    def body(self) -> dict[str, Any]:
        """The JSON that goes out."""
        error: dict[str, Any] = {"message": self.message, "type": self.kind}
        if self.code is not None:
            error["code"] = self.code
            error["doc_url"] = "https://stripe.com/docs/error-codes/" + self.code.replace("_", "-")
        if self.param is not None:
            error["param"] = self.param
        return {"error": error}


def missing_param(name: str) -> StripeError:
    """A required parameter is not there."""
    return StripeError(400, f"Missing required param: {name}.", code="parameter_missing", param=name)


def no_such(what: str, object_id: str, *, param: str, status: int = 404) -> StripeError:
    """An object that does not exist; `what` as Stripe names it (`checkout.session`, `payment_intent`)."""
    return StripeError(status, f"No such {what}: '{object_id}'", code="resource_missing", param=param)
