package peer;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Who acted on a video last, as processors/engagement/domain-contributors.ts keeps it: 128 entries of seven characters. */
final class Contributors {
  static final int width = 7;
  private static final int most = 128;
  private static final byte[] digits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] values = new byte[128];

  static {
    for (int i = 0; i < digits.length; i++) values[digits[i]] = (byte) i;
  }

  private Contributors() {}

  /** Where the entry of a print begins, or -1. */
  static int at(byte[] contributors, int print) {
    for (int at = 0; at < contributors.length; at += width) {
      if (contributors[at] == digits[print >>> 18 & 63]
          && contributors[at + 1] == digits[print >>> 12 & 63]
          && contributors[at + 2] == digits[print >>> 6 & 63]
          && contributors[at + 3] == digits[print & 63]) return at;
    }
    return -1;
  }

  static int marks(byte[] contributors, int at) {
    return values[contributors[at + 4]];
  }

  static int note(byte[] contributors, int at) {
    return values[contributors[at + 5]] * 64 + values[contributors[at + 6]];
  }

  /** With the entry in its place, or (at -1) as the newest, for which the oldest goes. The array may be the same one. */
  static byte[] with(byte[] contributors, int at, int print, int marks, int note) {
    byte[] kept = contributors;
    int place = at;
    if (place < 0 && contributors.length >= most * width) {
      System.arraycopy(contributors, width, contributors, 0, contributors.length - width);
      place = contributors.length - width;
    } else if (place < 0) {
      kept = Arrays.copyOf(contributors, contributors.length + width);
      place = contributors.length;
    }
    kept[place] = digits[print >>> 18 & 63];
    kept[place + 1] = digits[print >>> 12 & 63];
    kept[place + 2] = digits[print >>> 6 & 63];
    kept[place + 3] = digits[print & 63];
    kept[place + 4] = digits[marks];
    kept[place + 5] = digits[note >>> 6];
    kept[place + 6] = digits[note & 63];
    return kept;
  }

  /** 24 bits of a hash (FNV-1a with a final mix). */
  static int printOf(String userId) {
    int hash = 0x811c9dc5;
    for (int i = 0; i < userId.length(); i++) hash = (hash ^ userId.charAt(i)) * 0x01000193;
    hash = (hash ^ hash >>> 16) * 0x85ebca6b;
    hash ^= hash >>> 13;
    return hash & 0xffffff;
  }
}
