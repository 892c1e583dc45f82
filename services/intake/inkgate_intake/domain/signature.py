"""Meta's signature of a webhook: `X-Hub-Signature-256: sha256=<hex of HMAC-SHA256(app secret, raw body)>`.

Over the bytes as they came: Meta escapes non-ASCII characters, so a body that is serialised anew has another signature
(Graph API, 'Webhooks: validate payloads'). The verify handshake (GET) carries none.
"""

import hmac
from collections.abc import Sequence


def signed(secrets: Sequence[bytes], body: bytes, header: bytes | None) -> bool:
    """Whether one of the app secrets (several while one is being replaced) made this header for this body."""
    if header is None:
        return False
    given = header.lower()
    found = False
    for secret in secrets:
        expected = b"sha256=" + hmac.digest(secret, body, "sha256").hex().encode()
        found |= hmac.compare_digest(expected, given)
    return found


def same(given: str, expected: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode())
