// Ctrl-C ends a command in order, once; a second one ends it at once.

/** Told to whoever typed it. */
export class Interrupted extends Error {}

export function interruption(sentence: string): AbortSignal {
  const controller = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => controller.abort(new Interrupted(sentence)));
  }
  return controller.signal;
}
