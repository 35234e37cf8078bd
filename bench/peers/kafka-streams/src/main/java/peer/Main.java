package peer;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StoreQueryParameters;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.QueryableStoreTypes;
import org.apache.kafka.streams.state.ReadOnlyKeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Folds what the input holds and says on standard output, a JSON object a line, when it has; ends when standard input does. */
public final class Main {
  private static final int partitions = 8;

  public static void main(String[] arguments) throws Exception {
    Settings settings = Settings.of(arguments);
    Progress progress = new Progress();
    Restoring restoring = new Restoring();
    KafkaStreams streams = new KafkaStreams(topology(settings, progress).build(), settings.streams());
    CountDownLatch running = new CountDownLatch(1);
    streams.setGlobalStateRestoreListener(restoring);
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.RUNNING) running.countDown();
      if (now == KafkaStreams.State.ERROR) System.exit(1);
    });
    long startedAt = System.nanoTime();
    streams.start();
    running.await();
    say("{\"said\":\"running\",\"restored\":%d,\"seconds\":%.3f}", restoring.records.sum(), seconds(startedAt));
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.text("brokers")))) {
      follow(settings, progress, admin);
    }
    answer(streams);
    streams.close();
  }

  private static StreamsBuilder topology(Settings settings, Progress progress) {
    StreamsBuilder builder = new StreamsBuilder();
    boolean isCached = settings.is("rowsCached");
    builder.addStateStore(store(HistoryProcessor.histories, Serdes.String(), History.serde(), true));
    builder.addStateStore(store(HistoryProcessor.recents, Serdes.String(), Serdes.ByteArray(), isCached));
    builder.addStateStore(store(HistoryProcessor.ids, Serdes.ByteArray(), Serdes.Long(), isCached));
    boolean withVideos = settings.is("withVideos");
    String registry = settings.text("registry");
    KStream<String, VideoEvent> byUser = builder
        .stream(settings.text("topic"), Consumed.with(Serdes.String(), Serdes.ByteArray()))
        .process(
            () -> new HistoryProcessor(registry, progress, withVideos),
            HistoryProcessor.histories, HistoryProcessor.recents, HistoryProcessor.ids);
    if (!withVideos) return builder;
    builder.addStateStore(store(EngagementProcessor.videos, Serdes.String(), Engagement.serde(), true));
    byUser
        .repartition(Repartitioned.with(Serdes.String(), VideoEvent.serde()).withName("by-video")
            .withNumberOfPartitions(partitions))
        .process(() -> new EngagementProcessor(progress), EngagementProcessor.videos);
    return builder;
  }

  private static <K, V> StoreBuilder<KeyValueStore<K, V>> store(String name, Serde<K> key, Serde<V> value, boolean cached) {
    StoreBuilder<KeyValueStore<K, V>> builder = Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore(name), key, value);
    return cached ? builder.withCachingEnabled() : builder.withCachingDisabled();
  }

  /** Times count from the first record processed to the commit of the last. */
  private static void follow(Settings settings, Progress progress, Admin admin) throws Exception {
    long total = settings.number("events");
    if (total == 0) return;
    while (progress.activities() == 0) Thread.sleep(1);
    long startedAt = System.nanoTime();
    double cpu = cpuSeconds();
    say("{\"said\":\"first\"}");
    while (progress.through() < total / 2) Thread.sleep(1);
    long halfAt = System.nanoTime();
    long half = progress.through();
    while (progress.through() < total) Thread.sleep(1);
    while (!progress.isCommitted(admin, settings.text("application"))) Thread.sleep(5);
    double secondHalf = (total - half) / seconds(halfAt);
    say(
        "{\"said\":\"done\",\"perSecond\":%.1f,\"secondHalf\":%.1f,\"cpuSeconds\":%.2f,\"folded\":%d}",
        total / seconds(startedAt), secondHalf, cpuSeconds() - cpu, progress.activities());
  }

  /** `user ID` and `video ID` answer a state, `sums` those of all; anything else ends. */
  private static void answer(KafkaStreams streams) throws IOException {
    BufferedReader in = new BufferedReader(new InputStreamReader(System.in));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", 2);
      switch (words[0]) {
        case "user" -> say("{\"said\":\"user\",%s}", figuresOf(histories(streams).get(words[1])));
        case "video" -> say("{\"said\":\"video\",%s}", figuresOf(videos(streams).get(words[1])));
        case "sums" -> sums(streams);
        default -> {
          return;
        }
      }
    }
  }

  private static void sums(KafkaStreams streams) {
    History people = new History();
    try (KeyValueIterator<String, History> all = histories(streams).all()) {
      all.forEachRemaining(each -> {
        people.events += each.value.events;
        people.watchMs += each.value.watchMs;
        people.interactions += each.value.interactions;
      });
    }
    Engagement of = new Engagement();
    try (KeyValueIterator<String, Engagement> all = videos(streams).all()) {
      all.forEachRemaining(each -> {
        for (int i = 0; i < of.counts.length; i++) of.counts[i] += each.value.counts[i];
      });
    }
    say("{\"said\":\"sums\",%s,\"videos\":{%s}}", figuresOf(people), figuresOf(of));
  }

  private static ReadOnlyKeyValueStore<String, History> histories(KafkaStreams streams) {
    return streams.store(StoreQueryParameters.fromNameAndType("history", QueryableStoreTypes.keyValueStore()));
  }

  private static ReadOnlyKeyValueStore<String, Engagement> videos(KafkaStreams streams) {
    return streams.store(StoreQueryParameters.fromNameAndType("engagement", QueryableStoreTypes.keyValueStore()));
  }

  private static String figuresOf(History of) {
    return String.format(
        "\"events\":%d,\"watchMs\":%d,\"interactions\":%d,\"firstAt\":%d,\"lastAt\":%d,\"oldestAt\":%d,\"newestAt\":%d",
        of.events, of.watchMs, of.interactions, of.firstAt, of.lastAt, of.oldestAt, of.newestAt);
  }

  private static String figuresOf(Engagement of) {
    return String.format(
        "\"views\":%d,\"viewers\":%d,\"likes\":%d,\"shares\":%d,\"skips\":%d,\"watchMs\":%d",
        of.counts[Engagement.views], of.counts[Engagement.viewers], of.counts[Engagement.likes],
        of.counts[Engagement.shares], of.counts[Engagement.skips], of.counts[Engagement.watchMs]);
  }

  private static double seconds(long since) {
    return (System.nanoTime() - since) / 1e9;
  }

  private static double cpuSeconds() {
    var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    return system.getProcessCpuTime() / 1e9;
  }

  private static void say(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }
}
