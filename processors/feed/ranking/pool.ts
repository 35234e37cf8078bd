// Gathers what may come onto the page: the sources' proposals that pass the filters, scored by all but diversity.
import type { Catalogue } from './catalogue.ts';
import { Entries, type Line } from './entries.ts';
import { filtersFor, firm, refusalOf, yielding } from './filters/list.ts';
import { seen } from './filters/seen.ts';
import { keysOf, largestBy } from './in-order.ts';
import type { Item } from './item.ts';
import { fixed } from './rankers/fixed.ts';
import { rankerIn } from './rankers/list.ts';
import type { Request } from './request.ts';
import { sources } from './sources/list.ts';
import type { Allowed } from './sources/source.ts';

/** With fewer proposals than this every other video is looked at, too. */
const proposalsMin = 300;

export type Pool = {
  /** Best base first. */
  readonly entries: Entries;
  /** What comes only after all entries, best base first: what is held back, or, where the feed would have nothing at all, what was seen. */
  readonly reserve: Line;
};

const everyFilter = [...firm, ...yielding];

/** What is marked of a video: whether the filters let it pass, once they were asked, and above that a bit for each who proposed it. */
const [allowed, refused] = [1, 2];
const asked = allowed | refused;
const proposers = [...sources.map(({ name }) => name), 'rest', 'held_back', 'seen'];
const bitOf = (proposer: string): number => 4 << proposers.indexOf(proposer);

/** Several sources ask about the same video. */
function allowedIn(request: Request): Allowed {
  const filters = filtersFor(request, everyFilter);
  const { proposed } = request.catalogue;
  return (item) => {
    const mark = proposed.of(item);
    if ((mark & asked) !== 0) return (mark & allowed) !== 0;
    const passes = refusalOf(item, request, filters) === null;
    proposed.set(item, mark | (passes ? allowed : refused));
    return passes;
  };
}

export function poolOf(request: Request): Pool {
  const { catalogue, limit } = request;
  catalogue.proposed.clear(catalogue.size);
  const isAllowed = allowedIn(request);
  const proposals: Item[] = [];
  for (const source of sources) propose(proposals, source.name, source.propose(request, isAllowed), catalogue);
  if (proposals.length < Math.max(proposalsMin, limit + 1)) {
    const rest = [...catalogue.live()].filter((item) => catalogue.proposed.of(item) <= asked && isAllowed(item));
    propose(proposals, 'rest', rest, catalogue);
  }
  const entries = entriesOf(proposals, request, (item) => catalogue.proposed.of(item));
  return { entries, reserve: entries.length > limit ? [] : reserveOf(request, entries.length === 0) };
}

function propose(proposals: Item[], proposer: string, items: readonly Item[], { proposed }: Catalogue): void {
  const bit = bitOf(proposer);
  for (const item of items) {
    const mark = proposed.of(item);
    if (mark <= asked) proposals.push(item);
    proposed.set(item, mark | bit);
  }
}

const namesKnown = new Map<number, readonly string[]>();

/** Of those whose bits are set in a mark. */
function namesOf(mark: number): readonly string[] {
  const bits = mark & ~asked;
  const names = namesKnown.get(bits) ?? proposers.filter((proposer) => (bits & bitOf(proposer)) !== 0);
  namesKnown.set(bits, names);
  return names;
}

function reserveOf(request: Request, isEmpty: boolean): Line {
  const [held, met]: [Item[], Item[]] = [[], []];
  for (const item of request.catalogue.live()) {
    if (refusalOf(item, request, firm) !== null || refusalOf(item, request, yielding) === null) continue;
    if (seen(item, request) === null) held.push(item);
    else met.push(item);
  }
  const [items, from] = isEmpty && held.length === 0 && isRepeating(request) ? [met, 'seen'] : [held, 'held_back'];
  return entriesOf(items, request, () => bitOf(from));
}

/** Whether this feed began with what was seen already: one that has shown something new ends after it. */
const isRepeating = ({ served, viewer }: Request): boolean => [...served].every((videoId) => viewer.seen.has(videoId));

function entriesOf(items: readonly Item[], request: Request, markOf: (item: Item) => number): Entries {
  const ranker = rankerIn(request);
  const { scoredMax = items.length } = ranker;
  const scored = items.length <= scoredMax ? items : bestOf(items, Math.max(scoredMax, request.limit + 1), request);
  const bases = keysOf(scored, (item) => ranker.base(item, request));
  // Read now: the next ranking marks them anew.
  const marks = new Uint16Array(scored.length);
  for (let at = 0; at < marks.length; at++) marks[at] = markOf(scored[at] as Item);
  return new Entries({ items: scored, bases, from: (at) => namesOf(marks[at] as number) });
}

/** By the document's ranker. */
const bestOf = (items: readonly Item[], count: number, request: Request): readonly Item[] =>
  largestBy(items, count, (item) => fixed.base(item, request));
