// Tells a dependency that does not answer (503, worth a repeat) from a defect of ours (500).
import { Refusal } from './problems.ts';

export type Dependency = 'kafka' | 'registry' | 'cassandra' | 'redis' | 'processors';

/** A part that is still connecting, or has lost its server. */
export class Unavailable extends Error {
  readonly dependency: Dependency;

  constructor(dependency: Dependency, detail: string) {
    super(detail);
    this.dependency = dependency;
  }
}

const redisSigns = /Stream isn't writeable|Command timed out|Connection is closed|retries per request|LOADING|READONLY/;
const kafkaErrors = new Set(['PublishUnavailable', 'LogUnavailable']);
const cassandraErrors = new Set(['NoHostAvailableError', 'OperationTimedOutError', 'BusyConnectionError']);
/** Codes of the native protocol: unavailable, overloaded, bootstrapping, write and read timeouts. */
const cassandraCodes = new Set([0x1000, 0x1001, 0x1002, 0x1100, 0x1200]);
const networkCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

export function dependencyBehind(error: unknown): Dependency | null {
  if (error instanceof Unavailable) return error.dependency;
  if (!(error instanceof Error)) return null;
  if (error.name === 'NotWhole') return 'processors';
  if (error.name.startsWith('KafkaJS') || kafkaErrors.has(error.name)) return 'kafka';
  if (cassandraErrors.has(error.name)) return 'cassandra';
  const code = (error as { code?: unknown }).code;
  if (error.name === 'ResponseError' && typeof code === 'number' && cassandraCodes.has(code)) return 'cassandra';
  if (redisSigns.test(error.message) || error.name === 'MaxRetriesPerRequestError') return 'redis';
  return typeof code === 'string' && networkCodes.has(code) ? 'redis' : null;
}

/** What a caller is told about an exception: never its text, unless it was written for callers. */
export function refusalFor(error: unknown): Refusal {
  const dependency = dependencyBehind(error);
  const eventId = (error as { eventId?: unknown } | null)?.eventId;
  const more = typeof eventId === 'string' ? { eventId } : {};
  if (error instanceof Error && error.name === 'PersonErased')
    return new Refusal('account_deleted', 'the account was deleted for good: it does nothing new');
  if (error instanceof Unavailable) return new Refusal('unavailable', error.message, more);
  if (dependency === 'kafka' && more.eventId) {
    const detail = 'kafka does not answer: it is unknown whether the event was taken; repeat it with the same event_id';
    return new Refusal('unavailable', detail, more);
  }
  if (dependency) return new Refusal('unavailable', `${dependency} does not answer`, more);
  return new Refusal('internal', 'an unexpected error; the log has it under this request id');
}
