"""Stand-ins for the official images of PostgreSQL and Kafka, for a machine whose engine cannot pull:

    python -m tests.integration.images

They are made from what the lock brings (PostgreSQL's programs, Java, Kafka's jars) and the few programs of this machine that
their start needs, and take what the tests say to the official ones: POSTGRES_USER, POSTGRES_PASSWORD and a command for
`postgres:18`; CLUSTER_ID, KAFKA_HEAP_OPTS and a variable for each of Kafka's settings for `apache/kafka:4.3.1`. They are for
these tests alone, which take them where the official ones are not here and none is named.
"""

POSTGRES = "localhost/inkgate-test-postgres:18"
KAFKA = "localhost/inkgate-test-kafka:4.3.1"
