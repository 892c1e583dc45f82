import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * How many leads have each status: the topic `leads`, from its beginning to its end. Needs kafka-clients and jackson-databind.
 *
 * <p>java -cp 'jars/*' Leads.java localhost:9092 inkgate.leads.v1
 */
public class Leads {
    /** A fact that has a number of its own. */
    record Fact(String type, int epoch, JsonNode data) {}

    /** Lead -> version -> the fact that holds there: the one of the highest epoch. Twice the same is once. */
    private final Map<String, TreeMap<Integer, Fact>> leads = new HashMap<>();

    private final ObjectMapper json = new ObjectMapper();

    void take(ConsumerRecord<String, byte[]> record) throws Exception {
        Header type = record.headers().lastHeader("ce_type");
        String name = type == null ? "" : new String(type.value());
        // Sent, seen, failed: they carry a version without raising it, and would be told apart by their ce_id.
        if (!name.startsWith("inkgate.lead.") || name.startsWith("inkgate.lead.message_")) return;
        JsonNode data = json.readTree(record.value());
        Fact fact = new Fact(name, data.get("epoch").asInt(), data);
        leads.computeIfAbsent(data.get("lead_id").asText(), id -> new TreeMap<>())
                .merge(data.get("version").asInt(), fact, (a, b) -> a.epoch() >= b.epoch() ? a : b);
    }

    /** What the facts come to, in the order of their numbers. */
    static String status(TreeMap<Integer, Fact> facts) {
        String status = "NEW";
        int epoch = 0;
        for (Fact fact : facts.values()) {
            if (fact.epoch() < epoch) continue; // a restored database has told from here on otherwise
            epoch = fact.epoch();
            if (fact.type().endsWith(".status_changed")) status = fact.data().get("to_status").asText();
            if (fact.type().endsWith(".change_reverted")) status = fact.data().get("status").asText();
        }
        return status;
    }

    public static void main(String[] args) throws Exception {
        Leads all = new Leads();
        Map<String, Object> settings = Map.of("bootstrap.servers", args[0], "enable.auto.commit", false);
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new ByteArrayDeserializer())) {
            List<TopicPartition> parts = consumer.partitionsFor(args[1]).stream()
                    .map(part -> new TopicPartition(part.topic(), part.partition())).toList();
            consumer.assign(parts);
            consumer.seekToBeginning(parts);
            Map<TopicPartition, Long> ends = consumer.endOffsets(parts);
            while (parts.stream().anyMatch(part -> consumer.position(part) < ends.get(part))) {
                for (ConsumerRecord<String, byte[]> record : consumer.poll(Duration.ofSeconds(1))) all.take(record);
            }
        }
        all.leads.values().stream().collect(Collectors.groupingBy(Leads::status, TreeMap::new, Collectors.counting()))
                .forEach((status, count) -> System.out.println(status + " " + count));
    }
}
