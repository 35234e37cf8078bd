package peer;

import java.nio.ByteBuffer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** A video's figures, those of the hour being counted, and who counted last: the state of processors/engagement/domain.ts. */
final class Engagement {
  static final int views = 0, viewers = 1, likes = 2, shares = 3, comments = 4, skips = 5, notInterested = 6, watchMs = 7;
  private static final int measuredViews = 8, completionMilli = 9, figures = 10;
  private static final long hourMs = 3_600_000;
  private static final byte[] nobody = {};

  final long[] counts = new long[figures];
  final long[] ofHour = new long[figures];
  byte[] contributors = nobody;
  /** Known once a video is published; the backlog publishes none, so the peer keeps no names of creator and category. */
  long durationMs;
  long lastAt;
  long offset = -1;
  long hour = -1;
  long run = -1;

  void evolve(VideoEvent event, long now, long at) {
    long start = Math.floorDiv(now, hourMs) * hourMs;
    if (start != hour) {
      hour = start;
      run = at;
      java.util.Arrays.fill(ofHour, 0);
    }
    switch (event.action()) {
      case view -> viewed(event);
      case like -> once(event, likes);
      case share -> once(event, shares);
      case comment -> once(event, comments);
      case skip -> once(event, skips);
      case not_interested -> once(event, notInterested);
      case unlike -> unliked(event);
      default -> throw new IllegalArgumentException("not about a video: " + event.action());
    }
    lastAt = now;
    offset = at;
  }

  private void once(VideoEvent event, int figure) {
    int print = Contributors.printOf(event.userId());
    int at = Contributors.at(contributors, print);
    int marks = at < 0 ? 0 : Contributors.marks(contributors, at);
    if ((marks & event.action().mark) != 0) return;
    int note = at < 0 ? 0 : Contributors.note(contributors, at);
    contributors = Contributors.with(contributors, at, print, marks | event.action().mark, note);
    add(figure, 1);
  }

  private void unliked(VideoEvent event) {
    int print = Contributors.printOf(event.userId());
    int at = Contributors.at(contributors, print);
    if (at >= 0) {
      int marks = Contributors.marks(contributors, at);
      if ((marks & Action.like.mark) == 0) return;
      int note = Contributors.note(contributors, at);
      contributors = Contributors.with(contributors, at, print, marks ^ Action.like.mark, note);
    }
    counts[likes] = Math.max(0, counts[likes] - 1);
    ofHour[likes] = Math.max(0, ofHour[likes] - 1);
  }

  private void viewed(VideoEvent event) {
    int print = Contributors.printOf(event.userId());
    int at = Contributors.at(contributors, print);
    int marks = at < 0 ? 0 : Contributors.marks(contributors, at);
    int known = at < 0 ? 0 : Contributors.note(contributors, at);
    int watched = durationMs > 0 ? 1 + (int) Math.min(1_000, event.watchMs() * 1_000 / durationMs) : 0;
    boolean isNew = (marks & Action.view.mark) == 0;
    boolean isBetter = watched > known;
    add(views, 1);
    add(watchMs, event.watchMs());
    if (isNew) add(viewers, 1);
    if (isBetter) {
      if (known == 0) add(measuredViews, 1);
      add(completionMilli, Math.max(0, watched - 1) - Math.max(0, known - 1));
    }
    if (isNew || isBetter)
      contributors = Contributors.with(contributors, at, print, marks | Action.view.mark, Math.max(known, watched));
  }

  private void add(int figure, long by) {
    counts[figure] += by;
    ofHour[figure] += by;
  }

  static Serde<Engagement> serde() {
    Serializer<Engagement> serializer = (topic, of) -> of == null ? null : of.toBytes();
    Deserializer<Engagement> deserializer = (topic, bytes) -> bytes == null ? null : fromBytes(bytes);
    return Serdes.serdeFrom(serializer, deserializer);
  }

  private byte[] toBytes() {
    ByteBuffer to = ByteBuffer.allocate((2 * figures + 5) * 8 + contributors.length);
    for (long count : counts) to.putLong(count);
    for (long count : ofHour) to.putLong(count);
    to.putLong(durationMs).putLong(lastAt).putLong(offset).putLong(hour).putLong(run).put(contributors);
    return to.array();
  }

  private static Engagement fromBytes(byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    Engagement of = new Engagement();
    for (int i = 0; i < figures; i++) of.counts[i] = from.getLong();
    for (int i = 0; i < figures; i++) of.ofHour[i] = from.getLong();
    of.durationMs = from.getLong();
    of.lastAt = from.getLong();
    of.offset = from.getLong();
    of.hour = from.getLong();
    of.run = from.getLong();
    of.contributors = new byte[from.remaining()];
    from.get(of.contributors);
    return of;
  }
}
