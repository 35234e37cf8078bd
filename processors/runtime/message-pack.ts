// Writes lists of texts as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), which Redis's Lua unpacks natively.

const array32 = 0xdd;
const text8 = 0xd9;
const text32 = 0xdb;
const headBytes = 5;
/** UTF-8 takes up to so many bytes per character of a JavaScript string. */
const bytesPerCharacter = 3;
const shortMax = Math.floor(0xff / bytesPerCharacter);
const ascii = 0x80;

/** Written anew for each, as a fresh one of this size for every small commit would keep the garbage collector busy. */
let scratch = Buffer.allocUnsafe(65_536);

/** One at a time: the next may be begun when the bytes of this one have been taken. */
export class MessagePack {
  #length = 0;

  /** Begins a list. @returns its place, for `count` */
  list(count = 0): number {
    const place = this.#length;
    this.#need(headBytes);
    scratch[place] = array32;
    scratch.writeUInt32BE(count, place + 1);
    this.#length += headBytes;
    return place;
  }

  /** Says how many items a list has that was begun before. */
  count(place: number, count: number): void {
    scratch.writeUInt32BE(count, place + 1);
  }

  text(text: string): void {
    const { length } = text;
    this.#need(headBytes + length * bytesPerCharacter);
    if (length <= shortMax) this.#short(text);
    else this.#long(text);
  }

  /** A copy of what has been written. */
  get bytes(): Buffer {
    return Buffer.from(scratch.subarray(0, this.#length));
  }

  /** Copied here, as the call of the native copy would cost more than so few characters. */
  #short(text: string): void {
    const start = this.#length + 2;
    let end = start;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= ascii) {
        end = start + scratch.write(text, start);
        break;
      }
      scratch[end++] = code;
    }
    scratch[start - 2] = text8;
    scratch[start - 1] = end - start;
    this.#length = end;
  }

  #long(text: string): void {
    const start = this.#length + headBytes;
    const written = scratch.write(text, start);
    scratch[start - headBytes] = text32;
    scratch.writeUInt32BE(written, start - 4);
    this.#length = start + written;
  }

  #need(more: number): void {
    if (this.#length + more <= scratch.length) return;
    const larger = Buffer.allocUnsafe(2 * scratch.length + more);
    scratch.copy(larger, 0, 0, this.#length);
    scratch = larger;
  }
}
