package peer;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;

/** Decodes values in the registry's wire format (0, schema id, Avro) with the writer's schema, fetched once. One per task. */
final class Decoder {
  private static final int headerBytes = 5;
  private static final Map<String, Schema> fetched = new ConcurrentHashMap<>();

  private final String registry;
  private GenericDatumReader<GenericRecord> reader;
  private int readerOf = -1;
  private BinaryDecoder decoder;
  private GenericRecord reused;

  Decoder(String registry) {
    this.registry = registry;
  }

  /** The same record each time. */
  GenericRecord decode(byte[] value) {
    int id = ByteBuffer.wrap(value).getInt(1);
    if (value[0] != 0) throw new IllegalArgumentException("not a registry-framed Avro value");
    if (id != readerOf) {
      GenericData data = new GenericData();
      data.setFastReaderEnabled(true);
      Schema schema = fetched.computeIfAbsent(registry + "/schemas/ids/" + id, Decoder::fetch);
      reader = new GenericDatumReader<>(schema, schema, data);
      readerOf = id;
      reused = null;
    }
    try {
      decoder = DecoderFactory.get().binaryDecoder(value, headerBytes, value.length - headerBytes, decoder);
      reused = reader.read(reused, decoder);
      return reused;
    } catch (IOException error) {
      throw new IllegalStateException(error);
    }
  }

  private static Schema fetch(String url) {
    try {
      HttpRequest request = HttpRequest.newBuilder(URI.create(url)).build();
      String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
      return new Schema.Parser().parse(new ObjectMapper().readTree(answer).get("schema").asText());
    } catch (IOException | InterruptedException error) {
      throw new IllegalStateException(url, error);
    }
  }
}
