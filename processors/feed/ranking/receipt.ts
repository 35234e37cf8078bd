// The receipt of one served video: all that its score was made of, as it was when it was served.
import type { Counterfactual } from './counterfactual.ts';
import type { Factor } from './explain.ts';
import type { Position } from './item.ts';
import type { MadeBy, Ranked } from './rank.ts';
import type { FactorName } from './weights.ts';

/** As ExplainRecommendation answers. */
export type Receipt = {
  readonly receipt_id: string;
  /** Null in a feed that is the same for all. */
  readonly user_id: string | null;
  readonly video_id: string;
  /** Logical time of the ranking, ms since 1970. */
  readonly served_at: number;
  /** 1 for the first item of the first page. */
  readonly position: number;
  readonly final_score: number;
  readonly confidence: number;
  readonly explanation: readonly string[];
  readonly variant: MadeBy['variant'];
  /** The version of what was learned (its vectors serve every variant) and its record; null before the first training. */
  readonly model: MadeBy['model'];
  readonly factors: Readonly<Record<FactorName, Factor>>;
  readonly sources: readonly Position[];
  readonly counterfactual: Counterfactual | null;
  readonly proposed_by: readonly string[];
};

export type Serving = MadeBy & {
  readonly receiptId: string;
  readonly userId: string | null;
  readonly now: number;
  readonly position: number;
};

export function receiptOf(ranked: Ranked, { receiptId, userId, now, position, variant, model }: Serving): Receipt {
  return {
    receipt_id: receiptId,
    user_id: userId,
    video_id: ranked.item.id,
    served_at: now,
    position,
    final_score: ranked.score,
    confidence: ranked.confidence,
    explanation: ranked.sentences,
    variant,
    model,
    factors: ranked.factors,
    sources: ranked.sources,
    counterfactual: ranked.counterfactual,
    proposed_by: ranked.from,
  };
}
