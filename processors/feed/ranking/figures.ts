// The numbers of each video that every ranking reads, in one cache line: a page scores a thousand videos that are strewn over the memory.
import type { Item } from './item.ts';

/** Numbers of a video; eight fill the usual line of 64 bytes. */
const width = 8;
const [engagement, publishedAt, halfLifeMs, trendKey] = [0, 1, 2, 3];

export class Figures {
  #numbers = new Float64Array(0);

  /** Takes over what an item has now. */
  set(item: Item): void {
    const start = item.index * width;
    if (start >= this.#numbers.length) {
      const larger = new Float64Array(2 * (start + width));
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    this.#numbers[start + engagement] = item.engagementValue;
    this.#numbers[start + publishedAt] = item.publishedAt;
    this.#numbers[start + halfLifeMs] = item.halfLifeMs;
    this.#numbers[start + trendKey] = item.trendKeys.day;
  }

  engagementOf({ index }: Item): number {
    return this.#numbers[index * width + engagement] as number;
  }

  publishedAtOf({ index }: Item): number {
    return this.#numbers[index * width + publishedAt] as number;
  }

  halfLifeMsOf({ index }: Item): number {
    return this.#numbers[index * width + halfLifeMs] as number;
  }

  /** Of the day. */
  trendKeyOf({ index }: Item): number {
    return this.#numbers[index * width + trendKey] as number;
  }
}
