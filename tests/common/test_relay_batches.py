"""How the relay puts records into batches: as Kafka's own clients would partition them, and never none."""

import pytest
from aiokafka import AIOKafkaProducer

from inkgate_common import ids
from inkgate_common.cloudevents import Record
from inkgate_common.outbox import BATCH_BYTES_MAX, _batch, partition_hash


# From the tests of Kafka's Java client (UtilsTest.testMurmur2), made positive as its partitioner does.
@pytest.mark.parametrize(("key", "murmur2"), [("21", -973932308), ("foobar", -790332482), ("abc", 479470107)])
def test_a_key_has_the_partition_that_kafkas_own_clients_give_it(key: str, murmur2: int) -> None:
    assert partition_hash(key) == murmur2 & 0x7FFFFFFF


def record(number: int, size: int) -> Record:
    return Record(ids.derive("test", "record", number), "topic", "key", [("ce_id", "x")], b"v" * size)


async def test_a_batch_takes_what_fits_and_the_next_one_goes_on_there() -> None:
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1", max_batch_size=BATCH_BYTES_MAX)
    records = [record(n, 100_000) for n in range(5)]
    first, taken = _batch(producer, records, 0)
    assert (first.record_count(), taken) == (2, 2)
    rest, taken = _batch(producer, records, 4)
    assert (rest.record_count(), taken) == (1, 1)


async def test_a_record_larger_than_a_batch_goes_alone() -> None:
    producer = AIOKafkaProducer(bootstrap_servers="127.0.0.1:1", max_batch_size=BATCH_BYTES_MAX)
    batch, taken = _batch(producer, [record(1, 900_000), record(2, 10)], 0)
    assert (batch.record_count(), taken) == (1, 1)
