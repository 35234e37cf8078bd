// Collects what one commit does in Redis as a list of commands in a single argument: thousands of arguments would cost more than the work.
import { MessagePack } from './message-pack.ts';
import type { MemoChange } from './ports.ts';

/** Lua unpacks some thousand arguments at most. */
const argumentsPerCommand = 2_000;

/** Each command is a list of its name, its key (without what all keys of the partition begin with) and its arguments. */
export class CommitOperations {
  readonly #pack = new MessagePack();
  readonly #commands = this.#pack.list();
  #count = 0;

  get bytes(): Buffer {
    this.#pack.count(this.#commands, this.#count);
    return this.#pack.bytes;
  }

  command(name: string, key: string, args: readonly string[] = []): void {
    this.#begin(name, key, args.length);
    for (const arg of args) this.#pack.text(arg);
  }

  /** Nothing at all where there are no arguments; several commands where there are many. */
  list(name: string, key: string, args: readonly string[]): void {
    for (let start = 0; start < args.length; start += argumentsPerCommand)
      this.command(name, key, args.slice(start, start + argumentsPerCommand));
  }

  /** Sets and deletes fields of a hash; `set` may hold more to set. */
  fields(key: string, fields: ReadonlyMap<string | number, string | null>, set: string[] = []): void {
    const gone: string[] = [];
    for (const [field, value] of fields) {
      if (value === null) gone.push(String(field));
      else set.push(String(field), value);
    }
    this.list('HSET', key, set);
    this.list('HDEL', key, gone);
  }

  scores(key: string, scores: ReadonlyMap<string, number | null>, limit: number | null): void {
    const set: string[] = [];
    const gone: string[] = [];
    for (const [member, score] of scores) {
      if (score === null) gone.push(member);
      else set.push(String(score), member);
    }
    this.list('ZADD', key, set);
    this.list('ZREM', key, gone);
    if (limit !== null) this.command('ZREMRANGEBYRANK', key, ['0', String(-limit - 1)]);
  }

  memos(key: string, byTime: string, changes: ReadonlyMap<string, MemoChange>): void {
    const values = new Map<string, string | null>();
    const untils = new Map<string, number | null>();
    for (const [name, { value, until }] of changes) {
      values.set(name, value);
      untils.set(name, value === null ? null : until);
    }
    this.fields(key, values);
    this.scores(byTime, untils, null);
  }

  /** ZINCRBY takes one member at a time. */
  increments(key: string, sums: ReadonlyMap<string, number>): void {
    for (const [member, sum] of sums) this.command('ZINCRBY', key, [String(sum), member]);
  }

  #begin(name: string, key: string, args: number): void {
    this.#count += 1;
    this.#pack.list(2 + args);
    this.#pack.text(name);
    this.#pack.text(key);
  }
}
