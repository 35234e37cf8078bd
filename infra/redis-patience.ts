// How long answers of Redis are waited for where somebody waits for ours: one late answer tells that the server hangs, and those after it are not waited for as long.
import type { Redis } from 'ioredis';

/** While nothing is heard. An answer, also a late one, ends that. */
const silentMs = 50;

/**
 * Of a server that hangs, what asks it several times in a row is told so once, not each time.
 * Commands are sent all the same, so that the first answer is noticed, and each late one fails as a command that timed out.
 */
export function impatient(redis: Redis, patienceMs: number): void {
  const send = redis.sendCommand.bind(redis);
  let isSilent = false;
  redis.sendCommand = (command, stream) => {
    const { resolve, reject } = command;
    let isSettled = false;
    // Answers that came while this process was busy are read first.
    const timer = setTimeout(() => setImmediate(late), isSilent ? silentMs : patienceMs);
    const settled = () => {
      isSettled = true;
      clearTimeout(timer);
    };
    function late(): void {
      if (isSettled) return;
      isSilent = true;
      command.reject(new Error('Command timed out'));
    }
    command.resolve = (answer) => {
      isSilent = false;
      settled();
      resolve(answer);
    };
    command.reject = (error) => {
      settled();
      reject(error);
    };
    return send(command, stream);
  };
}
