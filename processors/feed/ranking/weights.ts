// The document's weights of the six factors, in one place; the order here is the order in which a score is summed.

export const factorNames = [
  'engagement',
  'content_similarity',
  'freshness',
  'creator_affinity',
  'trending',
  'diversity',
] as const;

export type FactorName = (typeof factorNames)[number];
export type Weights = Readonly<Record<FactorName, number>>;

/** The document's weights, of the variant `fixed`. */
export const weights: Weights = {
  engagement: 0.3,
  content_similarity: 0.25,
  freshness: 0.2,
  creator_affinity: 0.15,
  trending: 0.05,
  diversity: 0.05,
};
