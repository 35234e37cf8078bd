// Notes which units a shadow writes while a comparison goes on, so that they are looked at once more.
import type { Changes, Row, RowStore, StateStore } from '../../processors/runtime/ports.ts';
import type { RowValue } from '../../processors/runtime/processor.ts';
import { keyColumns, type Unit, UnitSet } from './units.ts';

const unitsMax = 200_000;

export class Touched {
  #units = new UnitSet(unitsMax);

  /** What has been written since the last call. */
  take(): UnitSet {
    const taken = this.#units;
    this.#units = new UnitSet(unitsMax);
    return taken;
  }

  /** @param tagOf the hash tag of a partition's keys, as in "{history:user_activity:3}" */
  states(store: StateStore, tagOf: (partition: number) => string): StateStore {
    return {
      acquire: (partition, token, build) => store.acquire(partition, token, build),
      resume: (partition, token) => store.resume(partition, token),
      read: (partition, fence, wanted) => store.read(partition, fence, wanted),
      commit: (partition, fence, changes) => {
        this.#units.addAll(unitsOf(tagOf(partition), changes));
        return store.commit(partition, fence, changes, null);
      },
    };
  }

  rows(store: RowStore): RowStore {
    return {
      write: (rows) => {
        this.#units.addAll(rows.map(unitOfRow));
        return store.write(rows);
      },
    };
  }
}

const unitOfRow = ({ table, row }: Row): Unit => ({
  kind: 'row',
  table,
  key: keyColumns(table).map((name) => row[name] as RowValue),
});

/** Boards count as a whole: what falls off their end is not told. */
function* unitsOf(tag: string, changes: Changes): Generator<Unit> {
  const unit = (name: string, field: string | null): Unit => ({ kind: 'redis', name: `${tag}:${name}`, field });
  yield unit('meta', null);
  for (const key of changes.states.keys()) yield unit('state', key);
  for (const key of changes.ids.keys()) yield unit(`ids:${key}`, null);
  for (const [hash, fields] of changes.fields) for (const field of fields.keys()) yield unit(`w:${hash}`, field);
  for (const key of changes.memos.keys()) yield unit('memos', key);
  for (const board of [...changes.scores.keys(), ...changes.increments.keys(), ...changes.drops])
    yield unit(`w:${board}`, null);
}
