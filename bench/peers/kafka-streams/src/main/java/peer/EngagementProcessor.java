package peer;

import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.processor.api.RecordMetadata;
import org.apache.kafka.streams.state.KeyValueStore;

/** Events by video → each video's figures. */
final class EngagementProcessor implements Processor<String, VideoEvent, Void, Void> {
  static final String videos = "engagement";

  private final Progress progress;
  private ProcessorContext<Void, Void> context;
  private KeyValueStore<String, Engagement> engagement;

  EngagementProcessor(Progress progress) {
    this.progress = progress;
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {
    this.context = context;
    engagement = context.getStateStore(videos);
  }

  @Override
  public void process(Record<String, VideoEvent> record) {
    RecordMetadata at = context.recordMetadata().orElseThrow();
    Engagement of = engagement.get(record.key());
    if (of == null) of = new Engagement();
    of.evolve(record.value(), record.timestamp(), at.offset());
    engagement.put(record.key(), of);
    progress.video(at);
  }
}
