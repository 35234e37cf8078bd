// The columns of a file of dates that may be read, and what each tells of a person. Everything else is left unread; what must never be used is refused by name.
import type { TraitName } from '../../processors/dating/compat/personality-features.ts';
import { hobbies } from '../../schemas/questionnaire.ts';

/** Ending of `my_…` and `their_…` → trait. */
export const ownColumns: Readonly<Record<string, TraitName>> = {
  pref_attr: 'prefers_attractive',
  pref_sinc: 'prefers_sincere',
  pref_intel: 'prefers_intelligent',
  pref_fun: 'prefers_fun',
  pref_amb: 'prefers_ambitious',
  pref_shar: 'prefers_shared_interests',
  self_attr: 'self_attractive',
  self_sinc: 'self_sincere',
  self_intel: 'self_intelligent',
  self_fun: 'self_fun',
  self_amb: 'self_ambitious',
  go_out: 'goes_out',
  date: 'goes_on_dates',
  exphappy: 'expects_to_be_happy',
  age: 'age',
};

/** `both_…` is the lower rating of the two, `diff_…` how much higher the other's is. */
export const hobbyColumns = hobbies.map((hobby) => ({
  trait: `hobby_${hobby}` as const,
  lower: `both_${hobby}`,
  gap: `diff_${hobby}`,
}));

export const idColumns = ['iid', 'pid', 'wave'] as const;
export const labelColumns = ['match', 'dec'] as const;

export const traitColumns: readonly string[] = [
  ...Object.keys(ownColumns).flatMap((name) => [`my_${name}`, `their_${name}`]),
  ...hobbyColumns.flatMap(({ lower, gap }) => [lower, gap]),
];

/** Made of the others by whoever made the file: only the simple models that ours is measured beside are given them. */
const derivedColumns: readonly string[] = [
  'int_corr',
  'age_gap_abs',
  'shared_high',
  'shared_low',
  'int_mean_abs_diff',
  'int_cosine',
  'int_jaccard7',
  'fit_me_to_them',
  'fit_them_to_me',
  'fit_mutual',
];

/** Every column that is read as a number. */
export const rawColumns: readonly string[] = [...derivedColumns, ...traitColumns];

const never = /(^|_|same|imp)race|ethni|relig|skin|nationality|caste|church|faith/i;

/** The columns that say of race, ethnicity or religion: a file with one is not read at all. */
export const refusedColumns = (columns: readonly string[]): string[] => columns.filter((column) => never.test(column));
