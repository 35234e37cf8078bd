// What a subscriber of an event channel is sent, given what it was sent and what is kept: every event once and in order, or a named gap.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deliveryAfter, type Reading } from '../../api/ws/delivery.ts';
import { beginningOf, isAfter, type Sequence, sequenceIn, textOf } from '../../api/ws/sequence.ts';

const at = (offset: number, index = 0, generation = 1): Sequence => ({ generation, offset, index });
const event = (offset: number, index = 0) => ({ sequence: at(offset, index), data: { offset, index } });
const reading = (events: Reading['events'], latest: Sequence): Reading => ({ events, latest, state: { whole: true } });

describe('a sequence', () => {
  it.each(['1:0:0', '2:-1:0', '17:4711:3'])('%s is read as it is written', (text) => {
    expect(textOf(sequenceIn(text) as Sequence)).toBe(text);
  });
  it.each(['', '1:2', '1:-2:0', '1:2:3:4', 'a:1:0', '1:1e3:0', 7, null])('%j is none', (text) => {
    expect(sequenceIn(text)).toBeNull();
  });
  it('is ordered within its generation only', () => {
    expect([isAfter(at(5), at(4)), isAfter(at(5, 1), at(5)), isAfter(at(5), at(5))]).toEqual([true, true, false]);
    expect([isAfter(at(9, 0, 2), at(1)), isAfter(at(1), at(9, 0, 2))]).toEqual([false, false]);
  });
});

describe('what is sent', () => {
  it('are the events after the last one, each with its predecessor', () => {
    const { messages, sent } = deliveryAfter('c', at(3), reading([event(5), event(5, 1), event(9)], at(9)));
    expect(messages.map(({ sequence, previous }) => [previous, sequence])).toEqual([
      ['1:3:0', '1:5:0'],
      ['1:5:0', '1:5:1'],
      ['1:5:1', '1:9:0'],
    ]);
    expect(sent).toEqual(at(9));
  });

  it('is nothing where nothing is new, or where the store has lost what the client knows', () => {
    expect(deliveryAfter('c', at(3), reading([], at(3)))).toEqual({ messages: [], sent: at(3) });
    expect(deliveryAfter('c', at(9), reading([event(3), event(4)], at(4)))).toEqual({ messages: [], sent: at(9) });
    expect(deliveryAfter('c', at(9), reading(null, at(4)))).toEqual({ messages: [], sent: at(9) });
  });

  it('is a gap with the whole where events are no longer kept', () => {
    const { messages, sent } = deliveryAfter('c', at(3), reading(null, at(5_000)));
    const gap = { type: 'gap', channel: 'c', from: '1:3:0', to: '1:5000:0', reason: 'no_longer_kept' };
    expect(messages).toEqual([{ ...gap, snapshot: { whole: true } }]);
    expect(sent).toEqual(at(5_000));
  });

  it.each([
    [1, 2],
    [2, 1],
  ])('is a gap where generation %d was followed by %d', (before, now) => {
    const { messages } = deliveryAfter('c', at(7, 0, before), reading([], beginningOf(now)));
    expect(messages).toMatchObject([
      { type: 'gap', from: `${before}:7:0`, to: `${now}:-1:0`, reason: 'new_generation' },
    ]);
  });

  it('is every event once and in order, wherever a client is cut and however far a reading had come', () => {
    const steps = fc.array(fc.record({ come: fc.nat(12), isCut: fc.boolean(), repeats: fc.nat(3) }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (taken) => {
        const log = Array.from({ length: 12 * taken.length }, (_, i) => event(2 * i, 0));
        const got: string[] = [];
        let [committed, server, client] = [0, beginningOf(1), beginningOf(1)];
        for (const { come, isCut, repeats } of taken) {
          committed += come;
          // A reading may begin before what was sent: what is known already is passed over.
          const from = Math.max(0, log.findIndex(({ sequence }) => isAfter(sequence, server)) - repeats);
          const latest = log[committed - 1]?.sequence ?? beginningOf(1);
          const delivery = deliveryAfter('c', server, reading(log.slice(from, committed), latest));
          server = delivery.sent;
          // A cut loses the second half of what was on its way.
          const arrived = isCut ? delivery.messages.slice(0, delivery.messages.length / 2) : delivery.messages;
          for (const { sequence, previous } of arrived) {
            expect(previous).toBe(textOf(client));
            got.push(String(sequence));
            client = sequenceIn(sequence) as Sequence;
          }
          if (isCut) server = client;
        }
        const last = deliveryAfter(
          'c',
          server,
          reading(log.slice(0, committed), log[committed - 1]?.sequence ?? server),
        );
        got.push(...last.messages.map(({ sequence }) => String(sequence)));
        expect(got).toEqual(log.slice(0, committed).map(({ sequence }) => textOf(sequence)));
      }),
    );
  });
});
