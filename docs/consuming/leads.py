"""How many leads have each status: the topic `leads`, from its beginning to its end. Needs aiokafka.

python leads.py localhost:9092 inkgate.leads.v1
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict

from aiokafka import AIOKafkaConsumer

Facts = dict[int, tuple[int, str, dict]]  # version -> epoch, type, data


async def read(bootstrap: str, topic: str) -> dict[str, Facts]:
    """Lead -> version -> the fact that holds there: the one of the highest epoch. Twice the same is once."""
    leads: dict[str, Facts] = defaultdict(dict)
    # Without a group every partition is read, from the beginning.
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(consumer.assignment())
        while any([await consumer.position(part) < end for part, end in ends.items()]):
            for records in (await consumer.getmany(timeout_ms=1_000)).values():
                for record in records:
                    kind = dict(record.headers).get("ce_type", b"").decode()
                    # Sent, seen, failed carry a version without raising it: they are told apart by ce_id.
                    if not kind.startswith("inkgate.lead.") or kind.startswith("inkgate.lead.message_"):
                        continue
                    data = json.loads(record.value)
                    facts, version = leads[data["lead_id"]], data["version"]
                    if version not in facts or facts[version][0] < data["epoch"]:
                        facts[version] = (data["epoch"], kind, data)
    finally:
        await consumer.stop()
    return leads


def holding(facts: Facts) -> list[tuple[str, dict]]:
    """Type and data of the facts of one lead that hold, in the order of their numbers."""
    found, newest = [], 0
    for _, (epoch, kind, data) in sorted(facts.items(), key=lambda item: item[0]):
        if epoch >= newest:  # else a restored database has told from here on otherwise
            newest = epoch
            found.append((kind.removeprefix("inkgate.lead."), data))
    return found


def status_of(facts: Facts) -> str:
    status = "NEW"
    for kind, data in holding(facts):
        if kind == "status_changed":
            status = data["to_status"]
        elif kind == "change_reverted":
            status = data["status"]
    return status


if __name__ == "__main__":
    everything = asyncio.run(read(*sys.argv[1:]))
    for status, count in sorted(Counter(map(status_of, everything.values())).items()):
        print(status, count)
