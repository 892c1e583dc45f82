"""Signs the webhooks that schemathesis makes up, as Meta and Stripe do, and hangs up on an answer that has no end once its
head is there (it loads this module: SCHEMATHESIS_HOOKS)."""

import os
from typing import Any

import requests
import schemathesis

from tests.builders import stripe, whatsapp


class Signer(requests.auth.AuthBase):
    """Puts the right signature of the bytes into the header; where a case is about a missing one, it stays missing."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
        if "X-Hub-Signature-256" in request.headers:
            request.headers["X-Hub-Signature-256"] = whatsapp.signature(body, os.environ["WHATSAPP_SECRET"])
        if "Stripe-Signature" in request.headers:
            request.headers["Stripe-Signature"] = stripe.signature(body, secrets=[os.environ["STRIPE_SECRET"]])
        request.register_hook("response", hang_up)
        return request


def hang_up(response: requests.Response, **_: Any) -> None:
    """Before the body is read. What the events are: test_events.py."""
    if response.headers.get("Content-Type", "").startswith("text/event-stream"):
        response.close()
        response._content, response._content_consumed = b"", True


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    kwargs["auth"] = Signer()
