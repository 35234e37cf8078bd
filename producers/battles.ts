// Typed calls that publish what happens in a live battle, keyed by battle.
import type { LiveBattle } from '../schemas/generated.ts';
import type { Acknowledgement, Publisher } from './publish.ts';
import { type InputOf, publishChecked } from './typed.ts';

export const battleProducer = (publisher: Publisher) => ({
  produceLiveBattleEvent: (input: InputOf<LiveBattle>): Promise<Acknowledgement> =>
    publishChecked(publisher, 'live_battles', input),
});
