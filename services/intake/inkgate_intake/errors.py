"""The errors of intake. The HTTP status of each is told in api.py alone.

InkgateError
├── TransientError
│   ├── QueueFull            more webhooks wait than we keep in memory
│   ├── NotStored            the database is away or too slow: the sender of the webhook should try again
│   └── ConversationMoved    a conversation was closed or erased between our look-up and our lock: look again
└── PermanentError
    ├── BadSignature         nobody with the app secret signed these bytes
    ├── BodyTooLarge         over 3 MB
    └── NotAWebhook          signed, but not a JSON object
"""

from inkgate_common.errors import PermanentError, TransientError


class QueueFull(TransientError):
    """Backpressure: nothing was taken in."""


class NotStored(TransientError):
    """It may or may not have become durable; the same webhook again does no harm."""


class ConversationMoved(TransientError):
    """Never leaves the writer."""


class BadSignature(PermanentError):
    """Nothing of the body was looked at."""


class BodyTooLarge(PermanentError):
    """The body was read to its end and not kept."""


class NotAWebhook(PermanentError):
    """Says what is wrong with the body, never what it holds."""
