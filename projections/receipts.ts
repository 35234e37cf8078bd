// Served pages in Redis, one compressed key each for 24 h: the receipts of their items, and what the next page must not repeat.
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { deflateRawSync, inflateRaw } from 'node:zlib';
import type { Redis } from 'ioredis';
import type { Receipt } from '../processors/feed/ranking/receipt.ts';

export const keptSeconds = 86_400;
/**
 * Most of what there is to gain for little time; a page has the same field names over and over. Done at once: a page takes some
 * 60 µs, and to have another thread do it takes this one longer than that.
 */
const compress = (text: string): Buffer => deflateRawSync(text, { level: 3 });
const decompress = promisify<Buffer, Buffer>(inflateRaw);
const pageIdPattern = /^[A-Za-z0-9_-]{16}$/;
const receiptIdPattern = /^([A-Za-z0-9_-]{16})-(\d{1,3})$/;

export type ServedPage = {
  /** A trending feed is one of its window and category. */
  readonly feed: 'personal' | `trending:${string}`;
  readonly user_id: string | null;
  /** Videos of this page and all before it, in their order. */
  readonly served: readonly string[];
  readonly receipts: readonly Receipt[];
};

/** A cursor that was never given out, or has expired, or belongs to another feed. */
export class InvalidCursor extends Error {
  constructor() {
    super('the cursor is not of this feed, or has expired');
  }
}

/** Pages are found by chance names that tell nothing and cannot be guessed. */
export const newPageId = (): string => randomBytes(12).toString('base64url');
export const receiptIdOf = (pageId: string, index: number): string => `${pageId}-${index}`;

export class Receipts {
  readonly #redis: Redis;
  readonly #namespace: string;

  constructor(redis: Redis, namespace: string) {
    this.#redis = redis;
    this.#namespace = namespace;
  }

  async keep(pageId: string, page: ServedPage): Promise<void> {
    await this.#redis.set(this.#key(pageId), compress(JSON.stringify(page)), 'EX', keptSeconds);
  }

  /** The page that a cursor continues. @throws InvalidCursor */
  async page(cursor: string, of: Pick<ServedPage, 'feed' | 'user_id'>): Promise<ServedPage> {
    const page = pageIdPattern.test(cursor) ? await this.#read(cursor) : null;
    if (page?.feed !== of.feed || page.user_id !== of.user_id) throw new InvalidCursor();
    return page;
  }

  async receipt(receiptId: string): Promise<Receipt | null> {
    const [, pageId, index] = receiptIdPattern.exec(receiptId) ?? [];
    if (pageId === undefined) return null;
    return (await this.#read(pageId))?.receipts[Number(index)] ?? null;
  }

  async #read(pageId: string): Promise<ServedPage | null> {
    const kept = await this.#redis.getBuffer(this.#key(pageId));
    return kept === null ? null : (JSON.parse((await decompress(kept)).toString('utf8')) as ServedPage);
  }

  #key(pageId: string): string {
    return `${this.#namespace}page:${pageId}`;
  }
}
