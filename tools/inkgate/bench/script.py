"""What the bench's clients write: a first message and an answer that is valid for each of the first twelve questions.

After these thirteen turns a client begins anew as somebody else: the thirteenth answer is followed by no question.
"""

from __future__ import annotations

import hmac
import json

# In the order of the questions (DOMAIN): idea, placement, size, style, complexity, cover-up, pictures, budget, city,
# country (asked, because no data of cities knows that village), Instagram, travel city.
MESSAGES = (
    "Hi, do you have time for a new piece?",
    "a fox asleep in a ring of ferns",
    "left forearm",
    "8x12cm",
    "fine line",
    "2",
    "no",
    "no",
    "£500",
    "Little Snoring",
    "UK",
    "skip",
    "same",
)


class Script:
    """Webhooks of the clients, ready but for who writes and when.

    mark: letters and digits that no other run uses; message ids carry it.
    """

    def __init__(self, phone_number_id: str, app_secret: str, mark: str) -> None:
        self._secret = app_secret.encode()
        self._bodies = [self._template(text, phone_number_id, mark) for text in MESSAGES]

    @staticmethod
    def _template(text: str, phone_number_id: str, mark: str) -> bytes:
        value = {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "447700900000", "phone_number_id": phone_number_id},
            "contacts": [{"profile": {"name": "A client"}, "wa_id": "<wa_id>"}],
            "messages": [
                {
                    "from": "<wa_id>",
                    "id": f"wamid.HBgMBENCH{mark}<wa_id>FQIAEhggQ0<turn>==",
                    "timestamp": "<timestamp>",
                    "text": {"body": text},
                    "type": "text",
                }
            ],
        }
        changes = [{"value": value, "field": "messages"}]
        whole = {"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": changes}]}
        body = json.dumps(whole, separators=(",", ":")).replace("%", "%%")
        for name, place in (("<wa_id>", "%(wa_id)b"), ("<turn>", "%(turn)02d"), ("<timestamp>", "%(at)d")):
            body = body.replace(name, place)
        return body.encode()

    def webhook(self, wa_id: bytes, turn: int, at_s: int) -> tuple[bytes, bytes]:
        """Body and signature (hexadecimal) of the `turn`-th message (from 0) of a client, written at `at_s` (Unix time)."""
        body = self._bodies[turn] % {b"wa_id": wa_id, b"turn": turn, b"at": at_s}
        return body, hmac.digest(self._secret, body, "sha256").hex().encode()
