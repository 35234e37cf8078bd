// Named people and channels of the demo: who likes what, who makes what. Tests and documents use the same names.

export const categories = ['music', 'cooking', 'football', 'travel', 'code', 'comedy', 'science', 'fitness'] as const;
export type Category = (typeof categories)[number];

export type Person = {
  readonly userId: string;
  readonly likes: readonly Category[];
  readonly follows: readonly string[];
};

export const people: readonly Person[] = [
  { userId: 'test', likes: ['music', 'code'], follows: ['creator_nora', 'creator_kai'] },
  { userId: 'user1', likes: ['cooking', 'travel'], follows: ['creator_luca'] },
  { userId: 'ana', likes: ['football', 'fitness'], follows: ['creator_rio'] },
  { userId: 'ben', likes: ['science', 'code'], follows: ['creator_kai', 'creator_ada'] },
  { userId: 'chi', likes: ['comedy', 'music'], follows: ['creator_nora'] },
  { userId: 'dev', likes: ['travel', 'comedy'], follows: [] },
];

export type Channel = {
  readonly creatorId: string;
  readonly category: Category;
  readonly titles: readonly string[];
  readonly tags: readonly string[];
};

export const channels: readonly Channel[] = [
  {
    creatorId: 'creator_nora',
    category: 'music',
    tags: ['guitar', 'cover', 'live'],
    titles: ['One-take cover in a stairwell', 'Four chords, forty songs', 'Tuning by ear', 'Street session at dawn'],
  },
  {
    creatorId: 'creator_sol',
    category: 'music',
    tags: ['beats', 'synth', 'studio'],
    titles: ['A beat from kitchen noises', 'Synth from scratch', 'Sampling the rain', 'Mixing in ten minutes'],
  },
  {
    creatorId: 'creator_luca',
    category: 'cooking',
    tags: ['pasta', 'italian', 'quick'],
    titles: ['Cacio e pepe without lumps', 'Fresh pasta, no machine', 'Nonna’s ragù, shortened', 'What al dente means'],
  },
  {
    creatorId: 'creator_mei',
    category: 'cooking',
    tags: ['wok', 'street food', 'spicy'],
    titles: ['Wok hei on a small stove', 'Dumplings in a hurry', 'Chili oil, three ways', 'Night market pancakes'],
  },
  {
    creatorId: 'creator_rio',
    category: 'football',
    tags: ['skills', 'training', 'goal'],
    titles: ['First touch drills', 'Rabona or not', 'Five-a-side tactics', 'The chip, slowly'],
  },
  {
    creatorId: 'creator_ines',
    category: 'football',
    tags: ['tactics', 'analysis', 'goal'],
    titles: ['Why the press failed', 'Corner routines that work', 'Reading the back line', 'A goal in six passes'],
  },
  {
    creatorId: 'creator_joao',
    category: 'travel',
    tags: ['train', 'europe', 'budget'],
    titles: ['Lisbon to Oslo by train', 'A night bus ranked', 'Packing one bag', 'Cheap beds, good views'],
  },
  {
    creatorId: 'creator_tala',
    category: 'travel',
    tags: ['hiking', 'mountains', 'camping'],
    titles: [
      'Above the clouds at five',
      'Tent for two, storm for one',
      'The hut that sells cake',
      'Maps without signal',
    ],
  },
  {
    creatorId: 'creator_kai',
    category: 'code',
    tags: ['typescript', 'kafka', 'streams'],
    titles: [
      'Event sourcing in a minute',
      'Offsets explained with buses',
      'Exactly once, nearly',
      'Reading a flame graph',
    ],
  },
  {
    creatorId: 'creator_ada',
    category: 'code',
    tags: ['algorithms', 'typescript', 'tests'],
    titles: ['Binary search, carefully', 'Property tests find it', 'Naming things, part 9', 'Big O at the bakery'],
  },
  {
    creatorId: 'creator_bo',
    category: 'comedy',
    tags: ['sketch', 'office', 'irony'],
    titles: ['This meeting is an email', 'The printer has feelings', 'Reply all', 'Stand-up at the stand-up'],
  },
  {
    creatorId: 'creator_uma',
    category: 'comedy',
    tags: ['family', 'sketch', 'pets'],
    titles: ['My cat reviews my code', 'Dad discovers emojis', 'Dog versus robot', 'Grandma’s group chat'],
  },
  {
    creatorId: 'creator_ives',
    category: 'science',
    tags: ['physics', 'experiment', 'space'],
    titles: ['Why ice is slippery', 'A comet in a bowl', 'Measuring light with cheese', 'Pendulum wave'],
  },
  {
    creatorId: 'creator_okoro',
    category: 'science',
    tags: ['biology', 'nature', 'microscope'],
    titles: ['Pond water at 400×', 'How a seed decides', 'The moss on your roof', 'Ants doing logistics'],
  },
  {
    creatorId: 'creator_fern',
    category: 'fitness',
    tags: ['mobility', 'training', 'home'],
    titles: ['Ten minutes, no gear', 'Hips that work', 'Rest days count', 'Pull-ups from zero'],
  },
];
