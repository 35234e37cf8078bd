// Answers that are given more than once: what is made of one (protobuf, JSON) is made the first time, and handed out again.

type Make<Form> = (answer: object) => Form;

const forms = new WeakMap<object, Map<unknown, unknown>>();

/** From now on the answer is never changed. */
export function reusable<Answer extends object>(answer: Answer): Answer {
  forms.set(answer, new Map());
  return Object.freeze(answer);
}

/** @param make the same function each time: what it has made of a reusable answer is remembered under it */
export function onceOf<Form>(answer: unknown, make: Make<Form>): Form {
  const made = forms.get(answer as object);
  if (!made) return make(answer as object);
  const known = made.get(make);
  if (known !== undefined) return known as Form;
  const form = make(answer as object);
  made.set(make, form);
  return form;
}

/** The method of an answer that knows a quicker way to its JSON: the very text that JSON.stringify would make of its fields. */
export const asJson = Symbol('asJson');
export type WritesItself = { [asJson](): string };

export function jsonOf(answer: unknown): string {
  const write = (answer as Partial<WritesItself> | null | undefined)?.[asJson];
  return write ? write.call(answer) : onceOf(answer, JSON.stringify);
}

/** Makes of an answer at once what was made of the one before it, as whoever asked for that one is expected to ask for this. */
export function madeAs(answer: object, before: object): void {
  for (const make of forms.get(before)?.keys() ?? []) onceOf(answer, make as Make<unknown>);
}
