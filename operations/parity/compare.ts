// Compares what a receipt says with what the log says: every number of every factor, named by its path. Pure.

export type Difference = { readonly path: string; readonly served: number; readonly logged: number };

/** Every number in a JSON value, by its path. */
export function numbersIn(value: unknown, path = ''): Map<string, number> {
  const found = new Map<string, number>();
  if (typeof value === 'number') found.set(path, value);
  else if (value !== null && typeof value === 'object') {
    for (const [name, inner] of Object.entries(value)) {
      // Lists of features are named, so that a path does not depend on their order.
      const label = Array.isArray(value) ? labelOf(inner, name) : name;
      for (const [at, number] of numbersIn(inner, path ? `${path}.${label}` : label)) found.set(at, number);
    }
  }
  return found;
}

function labelOf(inner: unknown, index: string): string {
  const { name, video_id: videoId } = (inner ?? {}) as { name?: string; video_id?: string };
  return name ?? videoId ?? index;
}

/** A number that only one side has counts as infinitely different. */
export function differences(served: unknown, logged: unknown): Difference[] {
  const [ours, theirs] = [numbersIn(served), numbersIn(logged)];
  const paths = new Set([...ours.keys(), ...theirs.keys()]);
  return [...paths].map((path) => ({
    path,
    served: ours.get(path) ?? Number.NaN,
    logged: theirs.get(path) ?? Number.NaN,
  }));
}

export function sizeOf({ served, logged }: Difference): number {
  const size = Math.abs(served - logged);
  return Number.isNaN(size) ? Number.POSITIVE_INFINITY : size;
}
