// The scorers whose value does not depend on the page, in the order of the weights; diversity comes with the page.
import { contentSimilarity } from './content-similarity.ts';
import { creatorAffinity } from './creator-affinity.ts';
import { engagement } from './engagement.ts';
import { freshness } from './freshness.ts';
import type { Scorer } from './scorer.ts';
import { trending } from './trending.ts';

export const scorers: readonly Scorer[] = [engagement, contentSimilarity, freshness, creatorAffinity, trending];
