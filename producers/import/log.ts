// What a real log becomes: the videos it speaks of, and per row the activity of one user.
import type { UserActivityInput } from '../activity.ts';
import type { VideoUploadInput } from '../uploads.ts';

export type LogRow = {
  /** When it happened, in ms; rows are imported in this order. */
  readonly at: number;
  readonly events: readonly UserActivityInput[];
};

export type ImportedLog = {
  /** Names the log and its content, so that the same file is the same import. */
  readonly name: string;
  readonly uploads: readonly VideoUploadInput[];
  /** In order of time. */
  readonly rows: readonly LogRow[];
};

/** The rows in order of time; rows of one instant stay as they were. */
export const inOrderOfTime = (rows: readonly LogRow[]): LogRow[] => [...rows].sort((a, b) => a.at - b.at);
