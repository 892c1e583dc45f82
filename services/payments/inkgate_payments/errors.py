"""The errors of payments.

    InkgateError
    ├── TransientError
    │   └── StripeUnavailable   no answer, or one that asks for another try: same key, same parameters, later
    └── PermanentError
        ├── StripeRefused       Stripe says no to this request, and will say so again
        │   └── NothingToDo     what was asked for is so already, or can no longer be (a session that is not open)
        ├── AccountRefused      Stripe says no to our key: a person has to mend it
        ├── KeySpent            this idempotency key can bring no new answer: look up what is there, then take another key
        ├── BadSignature        a webhook that Stripe did not sign, or signed too long ago
        └── NotAnEvent          a signed body that is no Stripe event

No error here carries a body or a secret.
"""

from inkgate_common.errors import PermanentError, TransientError


class StripeUnavailable(TransientError):
    """`code` says what happened: connection, rate_limit, or the HTTP status."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class StripeRefused(PermanentError):
    """`code` is Stripe's error code (or type); `message` is Stripe's sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


class NothingToDo(StripeRefused):
    """The object is not in a state in which this could be done."""


class AccountRefused(PermanentError):
    """HTTP 401 or 403: the key is wrong, expired or lacks a permission. `code` is account_<status>."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class KeySpent(PermanentError):
    """Stripe repeats a stored 500 for this idempotency key, or stored it with other parameters."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class BadSignature(PermanentError):
    """The reason is for the caller; it never quotes the header."""


class NotAnEvent(PermanentError):
    """Says what is missing."""
