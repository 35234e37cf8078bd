// Gathers what may come onto the page: the sources' proposals that pass the filters, scored by all but diversity.
import { filtersFor, firm, refusalOf, yielding } from './filters/list.ts';
import { seen } from './filters/seen.ts';
import { largestFirst } from './in-order.ts';
import type { Item } from './item.ts';
import { fixed } from './rankers/fixed.ts';
import { rankerIn } from './rankers/list.ts';
import type { Ranker } from './rankers/ranker.ts';
import type { Request } from './request.ts';
import { sources } from './sources/list.ts';
import type { Allowed } from './sources/source.ts';

/** A video that may come onto the page. */
export type Entry = {
  readonly item: Item;
  /** Weighted sum of all factors but diversity. */
  readonly base: number;
  /** The sources that proposed it. */
  readonly from: readonly string[];
};

/** With fewer proposals than this every other video is looked at, too. */
const proposalsMin = 300;

export type Pool = {
  /** Best base first. */
  readonly entries: readonly Entry[];
  /** What comes only after all entries, best base first: what is held back, or, where the feed would have nothing at all, what was seen. */
  readonly reserve: readonly Entry[];
};

const everyFilter = [...firm, ...yielding];
const [unasked, allowed, refused] = [0, 1, 2];

/** Several sources ask about the same video. */
function allowedIn(request: Request): Allowed {
  const filters = filtersFor(request, everyFilter);
  const known = new Uint8Array(request.catalogue.size);
  return (item) => {
    if (known[item.index] === unasked)
      known[item.index] = refusalOf(item, request, filters) === null ? allowed : refused;
    return known[item.index] === allowed;
  };
}

export function poolOf(request: Request): Pool {
  const isAllowed = allowedIn(request);
  const proposals = new Map<Item, string[]>();
  for (const source of sources) propose(proposals, source.name, source.propose(request, isAllowed));
  if (proposals.size < Math.max(proposalsMin, request.limit + 1)) {
    propose(proposals, 'rest', restOf(request, proposals).filter(isAllowed));
  }
  const entries = scored(proposals, request);
  return { entries, reserve: entries.length > request.limit ? [] : reserveOf(request, entries.length === 0) };
}

function propose(proposals: Map<Item, string[]>, source: string, items: readonly Item[]): void {
  for (const item of items) {
    const names = proposals.get(item);
    if (!names) proposals.set(item, [source]);
    else if (!names.includes(source)) names.push(source);
  }
}

function restOf({ catalogue }: Request, known: ReadonlyMap<Item, string[]>): Item[] {
  return [...catalogue.live()].filter((item) => !known.has(item));
}

function reserveOf(request: Request, isEmpty: boolean): Entry[] {
  const [held, met] = [new Map<Item, string[]>(), new Map<Item, string[]>()];
  for (const item of request.catalogue.live()) {
    if (refusalOf(item, request, firm) !== null || refusalOf(item, request, yielding) === null) continue;
    if (seen(item, request) === null) held.set(item, ['held_back']);
    else met.set(item, ['seen']);
  }
  return scored(isEmpty && held.size === 0 && isRepeating(request) ? met : held, request);
}

/** Whether this feed began with what was seen already: one that has shown something new ends after it. */
const isRepeating = ({ served, viewer }: Request): boolean => [...served].every((videoId) => viewer.seen.has(videoId));

function scored(proposals: ReadonlyMap<Item, string[]>, request: Request): Entry[] {
  const ranker = rankerIn(request);
  const { scoredMax = Number.POSITIVE_INFINITY } = ranker;
  const all = [...proposals.keys()];
  const by = (scorer: Ranker, items: readonly Item[]): Entry[] => {
    const keys = Float64Array.from(items, (item) => scorer.base(item, request));
    return Array.from(largestFirst({ keys, items }), (at) => entryOf(items[at] as Item, keys[at] as number, proposals));
  };
  if (all.length <= scoredMax) return by(ranker, all);
  const best = by(fixed, all).slice(0, Math.max(scoredMax, request.limit + 1));
  return by(
    ranker,
    best.map(({ item }) => item),
  );
}

const entryOf = (item: Item, base: number, proposals: ReadonlyMap<Item, string[]>): Entry => ({
  item,
  base,
  from: proposals.get(item) ?? [],
});
