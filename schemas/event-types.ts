// Which events a source topic carries, and what a caller writes of one before it has its envelope. Types only.
import type { LiveBattle, PaymentTransaction, UserActivity, VideoUpload } from './generated.ts';

/** The events of each topic that is written from outside. */
export type EventsOf = {
  user_activity: UserActivity;
  video_uploads: VideoUpload;
  payment_transactions: PaymentTransaction;
  live_battles: LiveBattle;
};
export type SourceTopic = keyof EventsOf;

/** What every event has and a caller may leave out. */
export const envelopeFields = [
  'eventId',
  'occurredAt',
  'actorId',
  'correlationId',
  'source',
  'ruleSet',
  'origin',
] as const;
type EnvelopeField = (typeof envelopeFields)[number];

type NullableField<E> = { [K in keyof E]: null extends E[K] ? K : never }[keyof E];
type LeftOut<E> = Extract<keyof E, EnvelopeField> | NullableField<E>;

/** An event whose envelope and nullable details may be left out. */
export type Draft<E> = E extends unknown ? Omit<E, LeftOut<E>> & Partial<Pick<E, LeftOut<E>>> : never;

/** Personal details in plain text; they are encrypted before they are published. */
export type PersonalDetails = {
  readonly text?: string;
  readonly username?: string;
  readonly birthDate?: string;
  readonly biography?: string;
  readonly place?: string;
};

/** A draft as a caller writes it: personal details by their names, not as ciphertext. */
export type Input<E> = E extends { readonly personal: Buffer | null }
  ? Omit<Draft<E>, 'personal'> & PersonalDetails
  : Draft<E>;
