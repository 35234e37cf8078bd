// What the services of dating ask of the rest of the platform, beside money and what the pair decides.

export type Profiles = {
  /** Whether this person can be seen by others; null while profiles are still being read. */
  isVisible(userId: string): boolean | null;
};

export type CandidateQuestion = {
  readonly userId: string;
  readonly limit: number;
  readonly cursor?: string;
  readonly now: number;
};

export type FactorShown = { readonly value: number; readonly weight: number; readonly contribution: number };
export type CandidateShown = {
  readonly user_id: string;
  readonly compatibility_score: number;
  readonly [more: string]: unknown;
};
export type CandidatePage = { readonly matches: readonly CandidateShown[]; readonly next_cursor: string | null };

export type Candidates = {
  /** Who may suit this person, best first within the nearest shell; a word if there can be no answer. */
  page(question: CandidateQuestion): Promise<CandidatePage | 'no_profile' | 'wrong_cursor'>;
};
