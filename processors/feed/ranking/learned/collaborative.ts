// From who watched what: how strongly those who liked a viewer's videos also liked this one, and which of them say so most.
import type { Profile } from './profile.ts';

export type Collaborative = {
  /** In [0, 1]. */
  readonly value: number;
  /** The viewer's videos that speak for it most, with their parts of the sum before it is bent into [0, 1]. */
  readonly because: readonly { readonly videoId: string; readonly part: number }[];
};

const becauseMax = 3;

/**
 * The sum of the item-to-item weights over what the viewer watched (Steck 2019, "Embarrassingly shallow autoencoders"),
 * bent so that 0 and less is 0 and `collaborativeHalf` is worth half.
 */
export function collaborativeValue(weights: Float32Array, { speaking: { columns } }: Profile): number {
  let sum = 0;
  for (let at = 0; at < columns.length; at++) sum += weights[columns[at] as number] as number;
  return sum <= 0 ? 0 : sum / (sum + collaborativeHalf);
}

/** The same with the videos behind it. */
export function collaborativeOf(weights: Float32Array, profile: Profile): Collaborative {
  const { columns, videos } = profile.speaking;
  const because: { videoId: string; part: number }[] = [];
  for (let at = 0; at < columns.length; at++) {
    const part = weights[columns[at] as number] as number;
    if (part > (because[becauseMax - 1]?.part ?? 0)) {
      const place = because.findIndex((other) => part > other.part);
      because.splice(place < 0 ? because.length : place, 0, { videoId: videos[at]?.videoId ?? '', part });
      because.length = Math.min(because.length, becauseMax);
    }
  }
  return { value: collaborativeValue(weights, profile), because };
}

export const collaborativeHalf = 0.3;
