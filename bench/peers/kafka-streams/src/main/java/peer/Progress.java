package peer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.api.RecordMetadata;

/** How far the application is: what both stages have processed, and whether all of that is committed. */
final class Progress {
  private final LongAdder activities = new LongAdder();
  private final LongAdder emissions = new LongAdder();
  private final LongAdder videos = new LongAdder();
  private final Map<TopicPartition, Long> next = new ConcurrentHashMap<>();

  void activity(RecordMetadata at) {
    next.put(new TopicPartition(at.topic(), at.partition()), at.offset() + 1);
    activities.increment();
  }

  void emitted() {
    emissions.increment();
  }

  void video(RecordMetadata at) {
    next.put(new TopicPartition(at.topic(), at.partition()), at.offset() + 1);
    videos.increment();
  }

  long activities() {
    return activities.sum();
  }

  /** Of both stages: events are through when those emitted have been counted, too. */
  long through() {
    return activities.sum() - (emissions.sum() - videos.sum());
  }

  /** Committed means: the transaction that has the offset has the states and changelogs, too. */
  boolean isCommitted(Admin admin, String application) throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetAndMetadata> committed =
        admin.listConsumerGroupOffsets(application).partitionsToOffsetAndMetadata().get();
    for (Map.Entry<TopicPartition, Long> each : next.entrySet()) {
      OffsetAndMetadata offset = committed.get(each.getKey());
      if (offset == null || offset.offset() < each.getValue()) return false;
    }
    return true;
  }
}
