"""How many leads have each status: the topic `leads`, from its beginning to its end. Needs aiokafka.

python leads.py localhost:9092 inkgate.leads.v1
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict

from aiokafka import AIOKafkaConsumer


async def main(bootstrap: str, topic: str) -> None:
    # Lead -> version -> the fact that holds there: the one of the highest epoch. Twice the same is once.
    leads: dict[str, dict[int, tuple[int, str, dict]]] = defaultdict(dict)
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
    for status, count in sorted(Counter(map(status_of, leads.values())).items()):
        print(status, count)


def status_of(facts: dict[int, tuple[int, str, dict]]) -> str:
    status, newest = "NEW", 0
    for _, (epoch, kind, data) in sorted(facts.items(), key=lambda item: item[0]):
        if epoch < newest:  # a restored database has told from here on otherwise
            continue
        newest = epoch
        if kind.endswith(".status_changed"):
            status = data["to_status"]
        elif kind.endswith(".change_reverted"):
            status = data["status"]
    return status


asyncio.run(main(*sys.argv[1:]))
