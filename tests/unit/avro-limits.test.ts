// A value that claims more items than it has bytes is refused at once, whatever it claims.
import avro from 'avsc';
import { expect, it } from 'vitest';
import { limitLengths } from '../../infra/avro-limits.ts';

limitLengths();
const list = avro.Type.forSchema({ type: 'array', items: 'string' } as avro.Schema);
const map = avro.Type.forSchema({ type: 'map', values: 'bytes' } as avro.Schema);
const long = avro.Type.forSchema('long');
const quickMsMax = 100;

it.each([5e7, 1e12, -5e7])('a list that claims %d items', (count) => {
  const value = Buffer.concat([long.toBuffer(count), Buffer.alloc(20)]);
  const startedAt = performance.now();
  expect(() => list.fromBuffer(value)).toThrow('truncated buffer');
  expect(() => map.fromBuffer(value)).toThrow('truncated buffer');
  expect(performance.now() - startedAt).toBeLessThan(quickMsMax);
});

it('reads what is there as before', () => {
  expect(list.fromBuffer(list.toBuffer(['a', '', 'b']))).toEqual(['a', '', 'b']);
  expect(list.fromBuffer(list.toBuffer([]))).toEqual([]);
  expect(map.fromBuffer(map.toBuffer({ id: Buffer.from('x') }))).toEqual({ id: Buffer.from('x') });
});

it('also where the reader passes over the list', () => {
  const fields = [{ name: 'list', type: { type: 'array', items: 'string' } }];
  const writer = avro.Type.forSchema({ type: 'record', name: 'R', fields } as avro.Schema);
  const reader = avro.Type.forSchema({ type: 'record', name: 'R', fields: [] } as avro.Schema);
  const resolver = reader.createResolver(writer);
  expect(reader.fromBuffer(writer.toBuffer({ list: ['a', 'b'] }), resolver)).toEqual({});
  const claimed = Buffer.concat([long.toBuffer(1e12), Buffer.alloc(20)]);
  expect(() => reader.fromBuffer(claimed, resolver)).toThrow('truncated buffer');
});
