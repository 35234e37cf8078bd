// The questionnaire of a dating profile: every question, its range and its words. Nothing else can be answered, so nothing else can be learned from.

/** A question is answered with one number; without an answer it is left out, never guessed. */
export type Question = {
  readonly name: string;
  readonly text: string;
  readonly min: number;
  readonly max: number;
  /** What the ends of the range mean. */
  readonly ends: readonly [string, string];
  /** Questions of a group are read together: the points of `preference` count by their part of the sum. */
  readonly group: 'preference' | 'self_rating' | 'hobby' | 'habit';
};

export const preferenceNames = [
  'prefers_attractive',
  'prefers_sincere',
  'prefers_intelligent',
  'prefers_fun',
  'prefers_ambitious',
  'prefers_shared_interests',
] as const;

/** In the order of the preferences; nobody rates their own shared interests. */
export const selfRatingNames = [
  'self_attractive',
  'self_sincere',
  'self_intelligent',
  'self_fun',
  'self_ambitious',
] as const;

export const hobbies = [
  'sports',
  'tvsports',
  'exercise',
  'dining',
  'museums',
  'art',
  'hiking',
  'gaming',
  'clubbing',
  'reading',
  'tv',
  'theater',
  'movies',
  'concerts',
  'music',
  'shopping',
  'yoga',
] as const;

export type HobbyName = `hobby_${(typeof hobbies)[number]}`;
export const hobbyNames = hobbies.map((hobby) => `hobby_${hobby}` as const) satisfies readonly HobbyName[];

const habitNames = ['goes_out', 'goes_on_dates', 'expects_to_be_happy'] as const;

export const answerNames = [...preferenceNames, ...selfRatingNames, ...hobbyNames, ...habitNames] as const;
export type AnswerName = (typeof answerNames)[number];

/** All optional: whoever answers nothing has no personality score, and is told so. */
export type Answers = Readonly<Partial<Record<AnswerName, number>>>;

const hobbyTexts: Readonly<Record<(typeof hobbies)[number], string>> = {
  sports: 'doing sports',
  tvsports: 'watching sports',
  exercise: 'exercising',
  dining: 'dining out',
  museums: 'museums and galleries',
  art: 'art',
  hiking: 'hiking and camping',
  gaming: 'gaming',
  clubbing: 'dancing and clubbing',
  reading: 'reading',
  tv: 'watching TV',
  theater: 'theatre',
  movies: 'movies',
  concerts: 'going to concerts',
  music: 'music',
  shopping: 'shopping',
  yoga: 'yoga and meditation',
};

const howOften = ['several times a week', 'almost never'] as const;

/** Of the questionnaire of Fisman, Iyengar, Kamenica and Simonson (2006), "Gender Differences in Mate Selection"; without all it asks of origin and belief. */
export const questions: readonly Question[] = [
  ...preferenceNames.map((name): Question => {
    const what = name.slice('prefers_'.length).replaceAll('_', ' ');
    const text =
      name === 'prefers_shared_interests'
        ? 'Of 100 points, how many go to shared interests?'
        : `Of 100 points, how many go to a partner being ${what}?`;
    return { name, text, min: 0, max: 100, ends: ['does not matter', 'nothing else matters'], group: 'preference' };
  }),
  ...selfRatingNames.map((name): Question => {
    const text = `How ${name.slice('self_'.length)} are you?`;
    return { name, text, min: 1, max: 10, ends: ['not at all', 'very'], group: 'self_rating' };
  }),
  ...hobbies.map((hobby): Question => {
    const text = `How much are you interested in ${hobbyTexts[hobby]}?`;
    return { name: `hobby_${hobby}`, text, min: 1, max: 10, ends: ['not at all', 'very much'], group: 'hobby' };
  }),
  { name: 'goes_out', text: 'How often do you go out?', min: 1, max: 7, ends: howOften, group: 'habit' },
  { name: 'goes_on_dates', text: 'How often do you go on dates?', min: 1, max: 7, ends: howOften, group: 'habit' },
  {
    name: 'expects_to_be_happy',
    text: 'How happy do you expect to be with the people you meet here?',
    min: 1,
    max: 10,
    ends: ['not at all', 'very'],
    group: 'habit',
  },
];

const byName: ReadonlyMap<string, Question> = new Map(questions.map((question) => [question.name, question]));

export type AnswerProblem = { readonly name: string; readonly why: string };

/** The first answer that cannot be taken; null where all can. A whole questionnaire has at most as many answers as questions. */
export function answerProblemOf(answers: Readonly<Record<string, unknown>>): AnswerProblem | null {
  for (const [name, value] of Object.entries(answers)) {
    const question = byName.get(name);
    if (!question) return { name, why: 'is no question of the questionnaire' };
    const { min, max } = question;
    if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max)
      return { name, why: `must be a number from ${min} to ${max}` };
  }
  return null;
}
