// The one logger: JSON lines on standard output, secrets never among them.
import { type Logger, pino } from 'pino';

export type Log = Logger;

export function createLog(name: string, level = 'info'): Log {
  return pino({ name, level, redact: ['password', '*.password', 'authorization', '*.authorization', 'key', '*.key'] });
}
