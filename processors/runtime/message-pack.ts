// Writes lists of texts as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), which Redis's Lua unpacks natively.

const array32 = 0xdd;
const text8 = 0xd9;
const text32 = 0xdb;
const headBytes = 5;
/** UTF-8 takes up to so many bytes per character of a JavaScript string. */
const bytesPerCharacter = 3;
const shortMax = Math.floor(0xff / bytesPerCharacter);
const ascii = 0x80;

export class MessagePack {
  #bytes: Buffer;
  #length = 0;

  constructor(bytesExpected: number) {
    this.#bytes = Buffer.allocUnsafe(bytesExpected);
  }

  /** Begins a list. @returns its place, for `count` */
  list(count = 0): number {
    const place = this.#length;
    this.#need(headBytes);
    this.#bytes[place] = array32;
    this.#bytes.writeUInt32BE(count, place + 1);
    this.#length += headBytes;
    return place;
  }

  /** Says how many items a list has that was begun before. */
  count(place: number, count: number): void {
    this.#bytes.writeUInt32BE(count, place + 1);
  }

  text(text: string): void {
    const { length } = text;
    this.#need(headBytes + length * bytesPerCharacter);
    if (length <= shortMax) this.#short(text);
    else this.#long(text);
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Copied here, as the call of the native copy would cost more than so few characters. */
  #short(text: string): void {
    const bytes = this.#bytes;
    const start = this.#length + 2;
    let end = start;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= ascii) {
        end = start + bytes.write(text, start);
        break;
      }
      bytes[end++] = code;
    }
    bytes[start - 2] = text8;
    bytes[start - 1] = end - start;
    this.#length = end;
  }

  #long(text: string): void {
    const start = this.#length + headBytes;
    const written = this.#bytes.write(text, start);
    this.#bytes[start - headBytes] = text32;
    this.#bytes.writeUInt32BE(written, start - 4);
    this.#length = start + written;
  }

  #need(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * this.#bytes.length + more);
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
