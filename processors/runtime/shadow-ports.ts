// What makes a shadow silent: it emits nothing, dead-letters nothing, and owns only what is being made.
import type { GenerationsView } from './live-gate.ts';
import { Halted, StandsStill } from './owner.ts';
import type { Claim, ControlLog, DerivedLog, Gate } from './ports.ts';

/** Emits nothing, and so nothing a second time that live has emitted. */
export const silent: DerivedLog = {
  encode: () => Buffer.alloc(0),
  send: async () => new Map(),
  holdsOutput: async () => false,
};

export type ClaimShadow = (partition: number, build: number) => Promise<Claim>;

/** Claims fence other shadows alone. What live has folded cannot be skipped here. */
export function shadowControl(claim: ClaimShadow): ControlLog {
  return {
    newestBuild: () => -1,
    claim,
    deadLetter: async (partition, _token, _build, { record, cause }) => {
      throw new Halted(`live has folded partition ${partition} offset ${record.offset}, this build cannot: ${cause}`);
    },
  };
}

/** Open for as long as this generation is the one that is being made. */
export function shadowGate(slug: string, generations: GenerationsView, generation: number): Gate {
  return {
    pass: async () => {
      await generations.refresh();
      if (generations.of(slug).shadow?.generation === generation) return;
      throw new StandsStill(`generation ${generation} of ${slug} is no longer being made`);
    },
  };
}
