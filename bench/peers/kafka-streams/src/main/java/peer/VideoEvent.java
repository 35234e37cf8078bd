package peer;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.Serializer;

/** What travels on to a video's partition: as Avro, and no more than its figures need. Ours carries an envelope besides. */
record VideoEvent(Action action, String userId, long watchMs) {
  static VideoEvent of(GenericRecord event, Action action) {
    Object watched = event.get("watchDurationMs");
    return new VideoEvent(action, event.get("userId").toString(), watched == null ? 0 : (Long) watched);
  }

  static Serde<VideoEvent> serde() {
    ThreadLocal<Codec> codecs = ThreadLocal.withInitial(Codec::new);
    Serializer<VideoEvent> serializer = (topic, event) -> codecs.get().encode(event);
    Deserializer<VideoEvent> deserializer = (topic, bytes) -> codecs.get().decode(bytes);
    return Serdes.serdeFrom(serializer, deserializer);
  }

  private static final class Codec {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    private BinaryEncoder encoder;
    private BinaryDecoder decoder;

    byte[] encode(VideoEvent event) {
      try {
        out.reset();
        encoder = EncoderFactory.get().directBinaryEncoder(out, encoder);
        encoder.writeEnum(event.action.ordinal());
        encoder.writeString(event.userId);
        encoder.writeLong(event.watchMs);
        return out.toByteArray();
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
    }

    VideoEvent decode(byte[] bytes) {
      try {
        decoder = DecoderFactory.get().binaryDecoder(bytes, decoder);
        return new VideoEvent(Action.all[decoder.readEnum()], decoder.readString(), decoder.readLong());
      } catch (IOException error) {
        throw new IllegalStateException(error);
      }
    }
  }
}
