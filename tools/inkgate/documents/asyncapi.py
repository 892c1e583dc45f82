"""docs/asyncapi.yaml: what goes over Kafka. AsyncAPI 3.0 (https://www.asyncapi.com/docs/reference/specification/v3.0.0),
Kafka bindings 0.5.0, CloudEvents 1.0 in Kafka's binary mode."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

import yaml

from inkgate.documents import examples
from inkgate.documents.schemas import flowing
from inkgate_common.contracts import TOPICS, TYPES, Data, commands, control
from inkgate_common.migrate import DAY_MS, retention_days
from inkgate_common.settings import KafkaSettings

# Service → topic → the types of it (None: all). `tests/contract/test_generated.py` holds it against the services' own code.
Flows = Mapping[str, Mapping[str, tuple[type[Data], ...] | None]]

SENDS: Flows = {
    "intake": {"inbound": None, "receipts": None},
    "dialogue": {
        "commands": None,
        "intents": None,
        "payment-commands": None,
        "leads": None,
        "control": (control.PersonErased, control.ModeChanged, control.StudioChanged),
    },
    "sender": {"deliveries": None, "control": (control.SenderHeld, control.SenderReleased)},
    "payments": {"payments": None},
}
RECEIVES: Flows = {
    "intake": {"control": (control.PersonErased,)},
    "dialogue": {
        "inbound": None,
        "deliveries": None,
        "payments": None,
        "commands": None,
        "control": (control.SenderHeld, control.SenderReleased),
    },
    "sender": {"intents": None, "receipts": None, "control": (control.PersonErased,)},
    "payments": {"payment-commands": None, "control": (control.PersonErased,)},
    "analytics": {"leads": None},  # `inkgate analytics`: no service, and without a consumer group
}
_BINDING = "0.5.0"
_KEY = "the conversation id (a UUID)"
_CONTROL_KEY = "the conversation id where the event concerns a person, else the phone number id"
_KAFKA = KafkaSettings.model_construct(topic_prefix="")


def text(schemas: str) -> str:
    """The document. `schemas` is the folder of the JSON Schemas, relative to the document."""
    head = "# Generated from libs/common/inkgate_common/contracts by `make docs`. Do not edit.\n"
    body = yaml.dump(document(schemas), Dumper=_Plain, sort_keys=False, allow_unicode=True, width=120)
    return head + str(body)


class _Plain(yaml.SafeDumper):
    """Without anchors: every part stands where it is read."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def document(schemas: str) -> dict[str, Any]:
    """The document as plain values."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Inkgate",
            "version": "1",
            "description": (
                "Events between Inkgate's services: CloudEvents 1.0 in Kafka's binary mode. INKGATE_TOPIC_PREFIX, where it "
                "is set, stands before every address. Every topic is at least once: drop an event whose ce_id you have "
                "handled. Order is kept by the `sequence` in the data where there is one, not by the topic. Unknown types "
                "and fields are to be ignored. What cannot be handled goes to `<address>.dlq`, as it was, with two headers "
                "more: inkgate_error and inkgate_origin."
            ),
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "variables": {"bootstrap": {"description": "INKGATE_KAFKA_BOOTSTRAP", "default": "127.0.0.1:9092"}},
            }
        },
        "channels": {topic: _channel(topic) for topic in TOPICS},
        "operations": _operations(),
        "components": {
            "messages": {name: _message(TYPES[name], schemas) for name in TYPES},
            "schemas": {"cloudEventHeaders": _headers()},
        },
    }


def _channel(topic: str) -> dict[str, Any]:
    address = _KAFKA.topic(topic)
    defaults = KafkaSettings.model_fields
    return {
        "address": address,
        "description": flowing(_module_of(topic).__doc__ or ""),
        "messages": {struct.TYPE: {"$ref": f"#/components/messages/{struct.TYPE}"} for struct in TOPICS[topic]},
        "bindings": {
            "kafka": {
                "topic": address,
                "partitions": defaults["topic_partitions"].default,
                "replicas": defaults["topic_replication"].default,
                "topicConfiguration": {"cleanup.policy": ["delete"], "retention.ms": retention_days(topic) * DAY_MS},
                "bindingVersion": _BINDING,
            }
        },
        "x-retention-days": retention_days(topic),
        "x-dead-letters": f"{address}.dlq",
    }


def _module_of(topic: str) -> Any:
    return inspect.getmodule(TOPICS[topic][0])


def _message(struct: type[Data], schemas: str) -> dict[str, Any]:
    described = struct.__dict__.get("__doc__")
    return {
        "name": struct.TYPE,
        "title": struct.__name__,
        **({"description": flowing(described)} if described else {}),
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/cloudEventHeaders"},
                {
                    "type": "object",
                    "properties": {
                        "ce_type": {"type": "string", "const": struct.TYPE},
                        "ce_source": {"type": "string", "enum": [f"/inkgate/{name}" for name in senders(struct)]},
                    },
                },
            ]
        },
        "payload": {"$ref": f"{schemas}/{struct.TYPE}.json"},
        "bindings": {
            "kafka": {
                "key": {"type": "string", "description": _CONTROL_KEY if struct.TOPIC == "control" else _KEY},
                "bindingVersion": _BINDING,
            }
        },
        "examples": [examples.example(struct, senders(struct)[0])],
    }


def _headers() -> dict[str, Any]:
    return {
        "type": "object",
        "description": "CloudEvents attributes as record headers (CloudEvents, Kafka protocol binding, binary mode).",
        "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_subject", "content-type"],
        "properties": {
            "ce_specversion": {"type": "string", "const": "1.0"},
            "ce_id": {"type": "string", "format": "uuid", "description": "derived from the event's cause"},
            "ce_type": {"type": "string"},
            "ce_source": {"type": "string"},
            "ce_time": {"type": "string", "format": "date-time"},
            "ce_subject": {"type": "string", "description": "the record's key again"},
            "content-type": {"type": "string", "const": "application/json"},
            "traceparent": {"type": "string", "description": "W3C trace context of the turn"},
        },
    }


def senders(struct: type[Data]) -> list[str]:
    """The services that write a type."""
    return [service for service, topics in SENDS.items() if struct in types_of(topics, struct.TOPIC)]


def types_of(topics: Mapping[str, tuple[type[Data], ...] | None], topic: str) -> tuple[type[Data], ...]:
    """The types of a topic that a service sends or receives."""
    if topic not in topics:
        return ()
    chosen = topics[topic]
    return tuple(TOPICS[topic]) if chosen is None else chosen


def _operations() -> dict[str, Any]:
    operations = {}
    for action, flows in (("send", SENDS), ("receive", RECEIVES)):
        for service, topics in flows.items():
            for topic in topics:
                operations[f"{service}.{action}.{topic}"] = {
                    "action": action,
                    "channel": {"$ref": f"#/channels/{topic}"},
                    "summary": _summary(service, action, topic),
                    "tags": [{"name": service}],
                    "messages": [
                        {"$ref": f"#/channels/{topic}/messages/{struct.TYPE}"} for struct in types_of(topics, topic)
                    ],
                    **(
                        {
                            "bindings": {
                                "kafka": {"groupId": {"type": "string", "const": f"inkgate-{service}"}, **_VERSION}
                            }
                        }
                        if action == "receive" and service in SENDS
                        else {}
                    ),
                }
    return operations


_VERSION = {"bindingVersion": _BINDING}


def _summary(service: str, action: str, topic: str) -> str:
    to_itself = topic == commands.Command.TOPIC
    return f"{service} {'writes' if action == 'send' else 'reads'} {topic}{' (to itself)' if to_itself else ''}"
