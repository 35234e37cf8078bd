// Ctrl-C ends a command in order, once; a later one ends it at once.

/** Told to whoever typed it. */
export class Interrupted extends Error {}

// The terminal and whoever started the command (npm, with-stack.mjs) both pass it on, so one press arrives more than once.
const samePressMs = 800;
const exitCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

export function interruption(sentence: string): AbortSignal {
  const controller = new AbortController();
  let pressedAt: number | null = null;
  for (const signal of Object.keys(exitCodes) as (keyof typeof exitCodes)[]) {
    process.on(signal, () => {
      if (pressedAt !== null && performance.now() - pressedAt > samePressMs) process.exit(exitCodes[signal]);
      pressedAt ??= performance.now();
      controller.abort(new Interrupted(sentence));
    });
  }
  return controller.signal;
}
