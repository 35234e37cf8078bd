// Counts requests of every address in the running second in memory of a fixed size, so that a flood never reaches Redis.

/** Two counters an address (a count-min sketch): those who share one of them with a flood still have the other. */
const counters = 65_536;

export class FloodGuard {
  readonly #perSecond: number;
  readonly #first = new Uint32Array(counters);
  readonly #second = new Uint32Array(counters);
  #running = 0;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  admits(address: string, nowMs: number): boolean {
    const second = Math.floor(nowMs / 1_000);
    if (second !== this.#running) {
      this.#running = second;
      this.#first.fill(0);
      this.#second.fill(0);
    }
    const hash = hashOf(address);
    const [one, other] = [hash % counters, (hash >>> 16) ^ (hash & 0xff)];
    const count = Math.min((this.#first[one] ?? 0) + 1, (this.#second[other] ?? 0) + 1);
    this.#first[one] = (this.#first[one] ?? 0) + 1;
    this.#second[other] = (this.#second[other] ?? 0) + 1;
    return count <= this.#perSecond;
  }
}

/** FNV-1a, 32 bits. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
