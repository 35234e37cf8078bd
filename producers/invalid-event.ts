// The error of a producer call whose event is wrong: it names the field and what was expected.
import type { Problem } from '../schemas/validate.ts';

export class InvalidEvent extends Error {
  override readonly name = 'InvalidEvent';
  readonly field: string;
  readonly expected: string;
  readonly reason: Problem['reason'];

  constructor({ field, expected, reason }: Problem) {
    super(`${field}: expected ${expected}`);
    this.field = field;
    this.expected = expected;
    this.reason = reason;
  }
}
