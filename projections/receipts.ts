// Served pages in Redis, one compressed key each for 24 h: the receipts of their items, and what the next page must not repeat.
import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import { Packr } from 'msgpackr';
import { compressSync, uncompressSync } from 'snappy';
import type { Receipt } from '../processors/feed/ranking/receipt.ts';

export const keptSeconds = 86_400;
/**
 * MessagePack that names the fields of its records once, then Snappy: quicker than JSON and deflate, and no larger. Done at once: to have
 * another thread do it takes this one longer.
 */
const packr = new Packr({ useRecords: true });
const packed = (page: ServedPage): Buffer => compressSync(packr.pack(page));
const unpacked = (bytes: Buffer): ServedPage => packr.unpack(uncompressSync(bytes, { asBuffer: true }) as Buffer);
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
    await this.#redis.set(this.#key(pageId), packed(page), 'EX', keptSeconds);
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
    return kept === null ? null : unpacked(kept);
  }

  #key(pageId: string): string {
    return `${this.#namespace}served:${pageId}`;
  }
}
