// Finds a route by the parts of its address at once: the router would try every route before it, one pattern after another.
import type { NextFunction, Request, RequestHandler, Response } from 'express';

type Params = Readonly<Record<string, string>>;
type Chain = readonly RequestHandler[];
type Found = { readonly chain: Chain; readonly params: Params };
/** A part of an address: a word, or the name of a parameter. */
type Part = { readonly word: string } | { readonly param: string };
type Pattern = { readonly parts: readonly Part[]; readonly chain: Chain };

const noParams: Params = {};

/** What is handled in turn at each address, for one method; what is not among them is left to the router. */
export class Chains {
  /** By method and address, as in "POST /api/events". */
  readonly #plain = new Map<string, Found>();
  /** Addresses with parameters, in the order in which they were added, by method and number of parts. */
  readonly #patterns = new Map<string, Pattern[]>();

  /** @param path as the router has it, as in /api/users/:user_id */
  add(method: string, path: string, chain: Chain): void {
    const name = `${method.toUpperCase()} ${path}`;
    if (!path.includes(':')) {
      this.#plain.set(name, { chain, params: noParams });
      return;
    }
    const words = path.split('/');
    const parts = words.map((word) => (word.startsWith(':') ? { param: word.slice(1) } : { word }));
    const key = keyOf(method.toUpperCase(), words);
    const patterns = this.#patterns.get(key) ?? [];
    this.#patterns.set(key, [...patterns, { parts, chain }]);
  }

  find(method: string, path: string): Found | null {
    const plain = this.#plain.get(`${method} ${path}`);
    if (plain) return plain;
    // What has to be decoded may be wrong, and the router has an answer to that.
    if (path.includes('%')) return null;
    const words = path.split('/');
    for (const { parts, chain } of this.#patterns.get(keyOf(method, words)) ?? []) {
      const params = matched(parts, words);
      if (params) return { chain, params };
    }
    return null;
  }
}

const keyOf = (method: string, words: readonly string[]): string => `${method} ${words.length}`;

function matched(parts: readonly Part[], words: readonly string[]): Params | null {
  const params: Record<string, string> = {};
  for (const [i, part] of parts.entries()) {
    const word = words[i] as string;
    if ('word' in part ? part.word !== word : word === '') return null;
    if ('param' in part) params[part.param] = word;
  }
  return params;
}

export function direct(chains: Chains): RequestHandler {
  return (request, response, next) => {
    const found = chains.find(request.method, request.path);
    if (!found) return next();
    request.params = found.params;
    run(found.chain, { request, response, next });
  };
}

/** Several handlers as one: the router takes longer to come from one to the next than most of them do. */
export function inTurn(...chain: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => run(chain, { request, response, next });
}

type Call = { readonly request: Request; readonly response: Response; readonly next: NextFunction };

/** Each handler is given the next one, as the router does; a rejection is an error like one that is handed on. */
function run(chain: Chain, call: Call, at = 0): void {
  const { request, response, next } = call;
  const handler = chain[at];
  if (!handler) {
    next();
    return;
  }
  const goOn = (error?: unknown) => (error === undefined ? run(chain, call, at + 1) : next(error));
  try {
    const ended: unknown = handler(request, response, goOn);
    if (ended instanceof Promise) ended.catch(next);
  } catch (error) {
    next(error);
  }
}
