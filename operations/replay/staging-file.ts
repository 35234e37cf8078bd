// A file of lines that grows in large writes, and can be cut back to a length at which it is known to be whole.
import { type FileHandle, open } from 'node:fs/promises';

const slabBytes = 2 * 1_048_576;
const fullBytes = 1_048_576;
/** Longest encoding of a character of a string. */
const characterBytesMax = 3;

export class StagingFile {
  readonly #file: FileHandle;
  #bytes: number;
  /** Lines go here at once: kept as strings, a megabyte of them would outlive the young generation. */
  #slab = Buffer.allocUnsafeSlow(slabBytes);
  #used = 0;

  private constructor(file: FileHandle, bytes: number) {
    this.#file = file;
    this.#bytes = bytes;
  }

  /** Keeps the first so many bytes of what is there; null if the file is shorter. */
  static async open(path: string, bytes: number): Promise<StagingFile | null> {
    const file = await open(path, bytes > 0 ? 'r+' : 'w').catch((error: NodeJS.ErrnoException) => {
      if (bytes > 0 && error.code === 'ENOENT') return null;
      throw error;
    });
    if (!file) return null;
    const { size } = await file.stat();
    if (size < bytes) {
      await file.close();
      return null;
    }
    await file.truncate(bytes);
    return new StagingFile(file, bytes);
  }

  /** A line with its line feed. `drain` when it says that it is full. */
  add(line: string): void {
    const room = line.length * characterBytesMax;
    if (this.#used + room > this.#slab.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(this.#slab.length * 2, this.#used + room));
      this.#slab.copy(larger, 0, 0, this.#used);
      this.#slab = larger;
    }
    this.#used += this.#slab.write(line, this.#used);
  }

  get isFull(): boolean {
    return this.#used >= fullBytes;
  }

  async drain(): Promise<void> {
    for (let at = 0; at < this.#used; ) {
      const { bytesWritten } = await this.#file.write(this.#slab, at, this.#used - at, this.#bytes);
      at += bytesWritten;
      this.#bytes += bytesWritten;
    }
    this.#used = 0;
  }

  /** Everything added is on the disk; returns the file's length. */
  async sync(): Promise<number> {
    await this.drain();
    await this.#file.datasync();
    return this.#bytes;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
