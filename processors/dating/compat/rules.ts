// What two people's compatibility is made of, and by which figures: numbered rule sets, never edited, only superseded.

export const components = ['interests', 'location', 'age', 'activity', 'personality'] as const;
export type Component = (typeof components)[number];

const ruleSet1 = {
  /** They add up to 1. Source: the platform's specification, "Dating score". */
  weights: { interests: 0.3, location: 0.2, age: 0.15, activity: 0.15, personality: 0.2 },
  /** What counts where a component is unknown: it neither helps nor harms. */
  unknown: 0.5,
  /** What a boost adds to the rank, beside the score. */
  boost: 0.1,
  /** Of a wished range of ages, this middle part fits fully. */
  fullAgeShare: 0.5,
  /** An age at the end of a wished range. */
  ageFitAtEnd: 0.5,
  /** Years beyond the end at which nothing fits. */
  yearsBeyond: 5,
  /** Fewer hours than these (decayed) say nothing of when somebody is online. */
  onlineHoursMin: 3,
  /** An hour counts half for itself, a quarter for each neighbour, around the clock. */
  smoothing: { same: 0.5, neighbour: 0.25 },
  adultAge: 18,
} as const;

export const compatRuleSets = { 1: ruleSet1 } as const;
export const compatRuleSet = 1;
export const compatRules = compatRuleSets[compatRuleSet];
