package peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;

/** user_activity → each user's history, the ring of recent interactions that interests are made of, events by video; ids once. */
final class HistoryProcessor implements Processor<String, byte[], String, VideoEvent> {
  static final String histories = "history";
  static final String recents = "recent";
  static final String ids = "ids";
  private static final int recentMax = 4_096;
  private static final long windowMs = 86_400_000;

  private final Decoder decoder;
  private final Progress progress;
  private final boolean withVideos;
  private ProcessorContext<String, VideoEvent> context;
  private KeyValueStore<String, History> history;
  private KeyValueStore<String, byte[]> recent;
  private KeyValueStore<byte[], Long> seen;

  HistoryProcessor(String registry, Progress progress, boolean withVideos) {
    this.decoder = new Decoder(registry);
    this.progress = progress;
    this.withVideos = withVideos;
  }

  @Override
  public void init(ProcessorContext<String, VideoEvent> context) {
    this.context = context;
    history = context.getStateStore(histories);
    recent = context.getStateStore(recents);
    seen = context.getStateStore(ids);
  }

  @Override
  public void process(Record<String, byte[]> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    fold(record, at);
    progress.activity(at);
  }

  private void fold(Record<String, byte[]> record, RecordMetadata at) {
    long now = record.timestamp();
    byte[] id = idOf(record);
    Long before = seen.get(id);
    if (before != null && now - before < windowMs) return;
    seen.put(id, now);
    GenericRecord event = decoder.decode(record.value());
    Action action = Action.of(event.get("action").toString());
    History of = history.get(record.key());
    if (of == null) of = new History();
    of.evolve(event, action, now, at.offset());
    history.put(record.key(), of);
    Object videoId = event.get("videoId");
    if (videoId == null) return;
    remember(record.key(), of, new Interaction(videoId.toString(), VideoEvent.of(event, action), now, at));
    if (!withVideos || !action.isAboutVideo()) return;
    progress.emitted();
    context.forward(new Record<>(videoId.toString(), VideoEvent.of(event, action), now, new RecordHeaders()));
  }

  private record Interaction(String videoId, VideoEvent event, long now, RecordMetadata at) {}

  private void remember(String userId, History of, Interaction latest) {
    byte[] videoId = latest.videoId.getBytes(StandardCharsets.UTF_8);
    ByteBuffer value = ByteBuffer.allocate(videoId.length + 29);
    value.put((byte) latest.event.action().ordinal()).putLong(latest.event.watchMs()).putLong(latest.now);
    value.putInt(latest.at.partition()).putLong(latest.at.offset()).put(videoId);
    recent.put(userId + '/' + (of.interactions - 1) % recentMax, value.array());
  }

  /** Sixteen bytes of a UUID, as texts would only be longer. */
  private static byte[] idOf(Record<String, byte[]> record) {
    Header header = record.headers().lastHeader("id");
    UUID id = UUID.fromString(new String(header.value(), StandardCharsets.ISO_8859_1));
    return ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).array();
  }
}
