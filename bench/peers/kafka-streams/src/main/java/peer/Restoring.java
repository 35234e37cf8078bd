package peer;

import java.util.concurrent.atomic.LongAdder;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.processor.StateRestoreListener;

/** Counts what is restored from changelogs. */
final class Restoring implements StateRestoreListener {
  final LongAdder records = new LongAdder();

  @Override
  public void onRestoreStart(TopicPartition partition, String store, long start, long end) {}

  @Override
  public void onBatchRestored(TopicPartition partition, String store, long end, long restored) {
    records.add(restored);
  }

  @Override
  public void onRestoreEnd(TopicPartition partition, String store, long total) {}
}
