"""Who reads and who writes which topic, as the services' own code says."""

from inkgate_dialogue import app as dialogue
from inkgate_intake import app as intake
from inkgate_intake import consumer as intake_consumer
from inkgate_payments import app as payments
from inkgate_payments import consumer as payments_consumer
from inkgate_sender import app as sender
from inkgate_sender import consumer as sender_consumer

READS: dict[str, tuple[str, ...]] = {
    "intake": intake_consumer.TOPICS,
    "dialogue": dialogue.TOPICS_READ,
    "sender": sender_consumer.TOPICS,
    "payments": payments_consumer.TOPICS,
}
WRITES: dict[str, tuple[str, ...]] = {
    "intake": intake.TOPICS_WRITTEN,
    "dialogue": dialogue.TOPICS_WRITTEN,
    "sender": sender.TOPICS_WRITTEN,
    "payments": payments.TOPICS_WRITTEN,
}
