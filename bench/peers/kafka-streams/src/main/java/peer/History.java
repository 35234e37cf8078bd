package peer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.generic.GenericRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** What a user has done so far: the state of processors/history/domain.ts, but for experiments. */
final class History {
  private static final int listMax = 1_000;

  /** A creator or another user, by the event that named them. */
  record About(String userId, long offset, String eventId) {}

  long events;
  long firstAt;
  long lastAt;
  long oldestAt;
  long newestAt;
  long watchMs;
  final long[] actions = new long[Action.all.length];
  long interactions;
  List<About> follows = new ArrayList<>(0);
  List<About> blocks = new ArrayList<>(0);
  List<About> reports = new ArrayList<>(0);

  void evolve(GenericRecord event, Action action, long now, long offset) {
    long occurredAt = (Long) event.get("occurredAt");
    firstAt = events == 0 ? now : Math.min(firstAt, now);
    oldestAt = events == 0 ? occurredAt : Math.min(oldestAt, occurredAt);
    lastAt = Math.max(lastAt, now);
    newestAt = Math.max(newestAt, occurredAt);
    events += 1;
    if (action == Action.view) watchMs += (Long) event.get("watchDurationMs");
    actions[action.ordinal()] += 1;
    if (event.get("videoId") != null) interactions += 1;
    switch (action) {
      case follow -> follow(event.get("creatorId").toString(), offset);
      case unfollow -> without(follows, event.get("creatorId").toString());
      case block -> {
        without(follows, event.get("targetUserId").toString());
        hide(blocks, event, offset);
      }
      case report -> hide(reports, event, offset);
      default -> { }
    }
  }

  private void follow(String creatorId, long offset) {
    without(reports, creatorId);
    without(follows, creatorId);
    for (About block : blocks) if (block.userId.equals(creatorId)) return;
    append(follows, new About(creatorId, offset, ""));
  }

  private static void hide(List<About> hidden, GenericRecord event, long offset) {
    String userId = event.get("targetUserId").toString();
    without(hidden, userId);
    append(hidden, new About(userId, offset, event.get("eventId").toString()));
  }

  private static void without(List<About> list, String userId) {
    list.removeIf(about -> about.userId.equals(userId));
  }

  private static void append(List<About> list, About about) {
    list.add(about);
    if (list.size() > listMax) list.remove(0);
  }

  private int bytes() {
    int bytes = 7 * 8 + actions.length * 4 + 3 * 4;
    for (List<About> list : List.of(follows, blocks, reports))
      for (About about : list) bytes += 8 + 4 + 3 * (about.userId.length() + about.eventId.length());
    return bytes;
  }

  private byte[] toBytes() {
    ByteBuffer to = ByteBuffer.allocate(bytes());
    to.putLong(events).putLong(firstAt).putLong(lastAt).putLong(oldestAt).putLong(newestAt).putLong(watchMs);
    to.putLong(interactions);
    for (long count : actions) to.putInt((int) count);
    for (List<About> list : List.of(follows, blocks, reports)) {
      to.putInt(list.size());
      for (About about : list) {
        to.putLong(about.offset);
        put(to, about.userId);
        put(to, about.eventId);
      }
    }
    return to.position() == to.capacity() ? to.array() : java.util.Arrays.copyOf(to.array(), to.position());
  }

  private static History fromBytes(byte[] bytes) {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    History history = new History();
    history.events = from.getLong();
    history.firstAt = from.getLong();
    history.lastAt = from.getLong();
    history.oldestAt = from.getLong();
    history.newestAt = from.getLong();
    history.watchMs = from.getLong();
    history.interactions = from.getLong();
    for (int i = 0; i < history.actions.length; i++) history.actions[i] = from.getInt();
    for (List<About> list : List.of(history.follows, history.blocks, history.reports))
      for (int left = from.getInt(); left > 0; left--) {
        long offset = from.getLong();
        list.add(new About(text(from), offset, text(from)));
      }
    return history;
  }

  private static void put(ByteBuffer to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.putShort((short) bytes.length).put(bytes);
  }

  private static String text(ByteBuffer from) {
    byte[] bytes = new byte[from.getShort()];
    from.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static Serde<History> serde() {
    Serializer<History> serializer = (topic, history) -> history == null ? null : history.toBytes();
    Deserializer<History> deserializer = (topic, bytes) -> bytes == null ? null : fromBytes(bytes);
    return Serdes.serdeFrom(serializer, deserializer);
  }
}
