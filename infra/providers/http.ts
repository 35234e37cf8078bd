// One HTTP call to a provider: a time limit, a size limit, and repeats where the call carries a key that makes them safe.
import pRetry from 'p-retry';
import { ProviderUnknown } from './provider.ts';

export type ProviderCall = {
  readonly url: string;
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
};

export type ProviderAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The body as JSON, or null. */
  readonly json: Json | null;
};

// biome-ignore lint/suspicious/noExplicitAny: a third party's JSON, of which every field is looked at before it is used
export type Json = Readonly<Record<string, any>>;

export type Patience = { readonly timeoutMs: number; readonly retries: number; readonly waitMs: number };

const answerBytesMax = 1_048_576;
const waitMsMax = 3_600_000;

/** @throws ProviderUnknown where there was no answer, or one of a server in trouble */
export async function call(request: ProviderCall, { timeoutMs, retries, waitMs }: Patience): Promise<ProviderAnswer> {
  return pRetry(() => once(request, timeoutMs), {
    retries,
    minTimeout: waitMs,
    maxTimeout: waitMs * 4,
    randomize: true,
    // A longer wait than this is for whoever called.
    shouldRetry: ({ error }) => error instanceof ProviderUnknown && error.waitMs <= waitMs,
  });
}

async function once({ url, method, headers, body }: ProviderCall, timeoutMs: number): Promise<ProviderAnswer> {
  let answer: ProviderAnswer;
  try {
    const response = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body !== undefined && { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await limitedText(response);
    answer = { status: response.status, headers: response.headers, text, json: parsed(text) };
  } catch (error) {
    if (error instanceof ProviderUnknown) throw error;
    const cause = (error as { cause?: { code?: string } }).cause?.code;
    throw new ProviderUnknown('no_answer', cause ?? (error as Error).name);
  }
  const { status } = answer;
  if (status >= 500) throw new ProviderUnknown(`http_${status}`, 'the provider is in trouble', askedToWaitMs(answer));
  if (status === 429) throw new ProviderUnknown('rate_limited', 'too many requests', askedToWaitMs(answer));
  return answer;
}

/** Retry-After in seconds or as a date, up to an hour. */
function askedToWaitMs({ headers }: ProviderAnswer): number {
  const told = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(told) ? Number(told) * 1_000 : Date.parse(told) - Date.now();
  return ms > 0 ? Math.min(ms, waitMsMax) : 0;
}

async function limitedText(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += part.length;
    if (size > answerBytesMax) throw new ProviderUnknown('answer_too_large', `more than ${answerBytesMax} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

function parsed(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Json) : null;
  } catch {
    return null;
  }
}
