// The videos that having watched one video says most for, by who watched what: looked up once per model and video.
import type { Model } from './model.ts';

const neighboursMax = 20;
const known = new WeakMap<Model, Map<string, readonly string[]>>();

/** Ids of at most 20 videos, the strongest relation first; none for a video that the model does not relate to others. */
export function neighboursOf(videoId: string, model: Model): readonly string[] {
  let ofModel = known.get(model);
  if (!ofModel) {
    ofModel = new Map();
    known.set(model, ofModel);
  }
  let neighbours = ofModel.get(videoId);
  if (!neighbours) {
    neighbours = strongest(model.items.get(videoId)?.column ?? -1, model);
    ofModel.set(videoId, neighbours);
  }
  return neighbours;
}

function strongest(column: number, model: Model): string[] {
  if (column < 0) return [];
  const related: { id: string; weight: number }[] = [];
  for (const [id, item] of model.items) {
    const weight = item.related?.ease_views[column] ?? 0;
    if (weight > 0) related.push({ id, weight });
  }
  related.sort((a, b) => b.weight - a.weight || (a.id < b.id ? -1 : 1));
  return related.slice(0, neighboursMax).map(({ id }) => id);
}
