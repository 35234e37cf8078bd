package peer;

import java.util.HashMap;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.streams.StreamsConfig;

/** What the bench says on the command line, as name=value, and the configuration of Kafka Streams made of it. */
record Settings(Map<String, String> given) {
  static Settings of(String[] arguments) {
    Map<String, String> given = new HashMap<>();
    for (String argument : arguments) {
      int sign = argument.indexOf('=');
      given.put(argument.substring(0, sign), argument.substring(sign + 1));
    }
    return new Settings(given);
  }

  String text(String name) {
    String value = given.get(name);
    if (value == null) throw new IllegalArgumentException(name + "=… is missing");
    return value;
  }

  long number(String name) {
    return Long.parseLong(text(name));
  }

  boolean is(String name) {
    return Boolean.parseBoolean(text(name));
  }

  Properties streams() {
    Properties of = new Properties();
    of.put(StreamsConfig.APPLICATION_ID_CONFIG, text("application"));
    of.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, text("brokers"));
    of.put(StreamsConfig.STATE_DIR_CONFIG, text("stateFolder"));
    of.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    of.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, text("threads"));
    of.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, text("commitMs"));
    of.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, text("cacheBytes"));
    of.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 5_000);
    of.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    of.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    of.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 2_097_152);
    // Else the next start would wait until the session of this one is over.
    of.put(StreamsConfig.consumerPrefix("internal.leave.group.on.close"), true);
    of.put(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    of.put(StreamsConfig.restoreConsumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 2_097_152);
    of.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), text("lingerMs"));
    of.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), text("batchBytes"));
    of.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), text("compression"));
    return of;
  }
}
