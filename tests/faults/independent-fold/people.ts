// Who has acted on a video lately, in the fold's own words: a list of people, written down as the text that a state holds.

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const peopleMax = 128;
const bits: Readonly<Record<string, number>> = {
  view: 1,
  like: 2,
  share: 4,
  comment: 8,
  skip: 16,
  not_interested: 32,
};

/** `seen` is one more than the thousandths watched at best, 0 where nothing could be measured. */
export type Person = { readonly name: string; readonly did: Set<string>; seen: number };

/** The person of this id, who is the newest if not known yet; at most so many are kept. */
export function personIn(people: Person[], userId: string): Person {
  const name = nameOf(userId);
  const known = people.find((person) => person.name === name);
  if (known) return known;
  const person = { name, did: new Set<string>(), seen: 0 };
  people.push(person);
  if (people.length > peopleMax) people.shift();
  return person;
}

export const knows = (people: readonly Person[], userId: string): boolean =>
  people.some(({ name }) => name === nameOf(userId));

/** Whether it is the first time that the person does so. */
export function isFirst(people: Person[], userId: string, action: string): boolean {
  const { did } = personIn(people, userId);
  if (did.has(action)) return false;
  did.add(action);
  return true;
}

export function written(people: readonly Person[], withSeen: boolean): string {
  return people
    .map(({ name, did, seen }) => {
      const marks = [...did].reduce((sum, action) => sum + (bits[action] ?? 0), 0);
      const note = withSeen ? [Math.floor(seen / 64), seen % 64] : [];
      return name + [marks, ...note].map((number) => letters[number]).join('');
    })
    .join('');
}

const names = new Map<string, string>();

/** The last 24 bits of FNV-1a with two rounds of mixing, six at a time. */
function nameOf(userId: string): string {
  const known = names.get(userId);
  if (known !== undefined) return known;
  let hash = 2_166_136_261;
  for (const unit of userId.split('')) hash = Math.imul(hash ^ unit.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ (hash >>> 16), 2_246_822_507);
  hash = (hash ^ (hash >>> 13)) >>> 0;
  const name = [262_144, 4_096, 64, 1].map((unit) => letters[Math.floor(hash / unit) % 64]).join('');
  names.set(userId, name);
  return name;
}
