// Which records of a topic --user and --action keep. Pure.

/** The field of a topic's events that says whom they are about, the first of these that its schema has. */
const personFields = ['userId', 'accountId', 'creatorId', 'hostId'] as const;

export type Selection = {
  /** Null: everyone. */
  readonly users: ReadonlySet<string> | null;
  readonly userField: string | null;
  /** The record's key is the user: whoever it is need not be decoded. */
  readonly isKeyedByUser: boolean;
  readonly actions: ReadonlySet<string> | null;
  readonly actionField: string | null;
};

export type Asked = { readonly users: readonly string[]; readonly actions: readonly string[] };
export type Shape = {
  readonly fields: readonly { readonly name: string }[];
  readonly tag?: string | undefined;
  readonly key: string;
};

/** Told to whoever typed it. */
export class InvalidSelection extends Error {}

export const everything: Asked = { users: [], actions: [] };

/** @throws InvalidSelection if the topic's events have no such field */
export function selectionOf(topic: string, { fields, tag, key }: Shape, { users, actions }: Asked): Selection {
  const userField = personFields.find((name) => fields.some((field) => field.name === name)) ?? null;
  if (users.length > 0 && !userField) throw new InvalidSelection(`--user: an event of ${topic} is about no user`);
  if (actions.length > 0 && !tag) throw new InvalidSelection(`--action: an event of ${topic} names no action`);
  return {
    users: users.length > 0 ? new Set(users) : null,
    userField,
    isKeyedByUser: userField === key,
    actions: actions.length > 0 ? new Set(actions) : null,
    actionField: tag ?? null,
  };
}

export function keepsKey({ users, isKeyedByUser }: Selection, key: string | null): boolean {
  return !users || !isKeyedByUser || key === null || users.has(key);
}

export function keepsEvent(selection: Selection, event: Readonly<Record<string, unknown>>): boolean {
  const { users, userField, actions, actionField } = selection;
  if (users && !users.has(String(event[userField ?? '']))) return false;
  return !actions || actions.has(String(event[actionField ?? '']));
}
