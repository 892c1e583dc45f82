#!/bin/sh
# Writes the settings that the environment names, formats the storage at the first start, and becomes Kafka.
# KAFKA_A_B__C___D=v is a.b_c-d=v.
set -eu
settings=/var/lib/kafka/server.properties
env | sed -n '/^KAFKA_HEAP_OPTS=/d; s/^KAFKA_//p' | while IFS= read -r line; do
    name=$(printf '%s' "${line%%=*}" | tr 'A-Z_' 'a-z.' | sed 's/\.\.\./-/g; s/\.\./_/g')
    printf '%s=%s\n' "$name" "${line#*=}"
done >"$settings"
echo log.dirs=/var/lib/kafka/data >>"$settings"
java() {
    # shellcheck disable=SC2086 # several options
    exec /opt/java/bin/java ${KAFKA_HEAP_OPTS:-} -XX:+UseSerialGC -XX:-UsePerfData -Dkafka.logs.dir=/var/lib/kafka \
        -cp '/opt/kafka/*' "$@"
}
[ -f /var/lib/kafka/data/meta.properties ] ||
    (java kafka.tools.StorageTool format --cluster-id="$CLUSTER_ID" --config="$settings")
java kafka.Kafka "$settings"
