// Does again what servers refuse only because they have just begun or are under load; what they refuse for good is told at once.
import pRetry from 'p-retry';

/** As long as a start may take for one of its steps. */
export const toleranceMs = 60_000;
const pauseMs = 250;
const triesMax = 1_000;

/** Of a broker that is electing leaders, a Cassandra that is busy, a registry that is away. */
const passingNames = /^(KafkaJS|NoHostAvailable|OperationTimedOut|BusyConnection|LogUnavailable)/;
const passingCodes = /^(ECONN|EPIPE|ETIMEDOUT|UND_ERR)/;

/** Whether the same may work a moment later. */
function isPassing(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as { code?: unknown };
  if (passingNames.test(error.name) || (typeof code === 'string' && passingCodes.test(code))) return true;
  return error.cause !== undefined && isPassing(error.cause);
}

/** @param what begins the sentence that is told if it never works: "the leaders of the topics were not there" */
export async function tolerant<T>(what: string, work: () => Promise<T>, msMax = toleranceMs): Promise<T> {
  const shouldRetry = ({ error }: { error: Error }) => isPassing(error);
  const options = { retries: triesMax, minTimeout: pauseMs, factor: 1, maxRetryTime: msMax, shouldRetry };
  try {
    return await pRetry(work, options);
  } catch (error) {
    if (!isPassing(error)) throw error;
    throw new Error(`${what} within ${msMax / 1000} s: ${(error as Error).message}`, { cause: error });
  }
}
