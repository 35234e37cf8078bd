// A message's place: (generation, offset of the input's event, index), written "1:4711:0"; grows within a generation.

export type Sequence = { readonly generation: number; readonly offset: number; readonly index: number };

export const sequenceExpected = 'the sequence of a message, as in "1:4711:0"';
const pattern = /^(\d{1,9}):(-1|\d{1,15}):(\d{1,9})$/;

/** Before the first event of a generation. */
export const beginningOf = (generation: number): Sequence => ({ generation, offset: -1, index: 0 });

export const textOf = ({ generation, offset, index }: Sequence): string => `${generation}:${offset}:${index}`;

/** Null for what is no sequence. */
export function sequenceIn(text: unknown): Sequence | null {
  const parts = typeof text === 'string' ? pattern.exec(text) : null;
  return parts && { generation: Number(parts[1]), offset: Number(parts[2]), index: Number(parts[3]) };
}

/** Whether one comes after the other; of two generations neither does. */
export const isAfter = (one: Sequence, other: Sequence): boolean =>
  one.generation === other.generation &&
  (one.offset > other.offset || (one.offset === other.offset && one.index > other.index));
