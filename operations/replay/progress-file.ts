// The side file of a replay: the arguments it belongs to, what they came to, and how far the staging has got.
import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import type { ReplayRange, Window } from './range.ts';
import type { Position } from './stage.ts';

export type SavedProgress = {
  /** Of the arguments as they were typed. */
  readonly digest: string;
  readonly window: Window;
  readonly ranges: readonly ReplayRange[];
  readonly position: Position;
  /** All is staged, only the conversion is left. */
  readonly isStaged: boolean;
};

/** A file begun with other arguments must not be gone on with. */
export class OtherArguments extends Error {}

export function digestOf(given: unknown): string {
  return createHash('sha256').update(JSON.stringify(given)).digest('hex');
}

/** @throws OtherArguments */
export async function loadProgress(path: string, digest: string): Promise<SavedProgress | null> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return null;
  const saved = JSON.parse(text) as SavedProgress;
  if (saved.digest !== digest) {
    throw new OtherArguments(
      `${path} belongs to a replay with other arguments: finish that one, choose another --out, or begin afresh with --restart`,
    );
  }
  return saved;
}

/** Whole or not at all. */
export async function saveProgress(path: string, saved: SavedProgress): Promise<void> {
  const fresh = `${path}.new`;
  await writeFile(fresh, JSON.stringify(saved), { flush: true });
  await rename(fresh, path);
}

/** What an interrupted replay into a file has left is not gone on with. */
export function forgetProgress(out: string): Promise<void> {
  return rm(`${out}.progress`, { force: true });
}
