// Finds the routes whose address has no parameters at once: the router would try every route before them, one pattern after another.
import type { NextFunction, Request, RequestHandler, Response } from 'express';

/** By method and address, as in "POST /api/events"; what is not among them is left to the router. */
export type Chains = ReadonlyMap<string, readonly RequestHandler[]>;

export const chainName = (method: string, path: string): string => `${method.toUpperCase()} ${path}`;

export function direct(chains: Chains): RequestHandler {
  return (request, response, next) => {
    const chain = chains.get(chainName(request.method, request.path));
    if (chain) run(chain, { request, response, next });
    else next();
  };
}

type Call = { readonly request: Request; readonly response: Response; readonly next: NextFunction };

/** Each handler is given the next one, as the router does; a rejection is an error like one that is handed on. */
function run(chain: readonly RequestHandler[], call: Call, at = 0): void {
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
