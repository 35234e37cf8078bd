// A gRPC client of one service, for tests: a call gives its answer or its status, with the metadata of both ends.
import {
  type ChannelCredentials,
  Client,
  type ClientOptions,
  credentials,
  Metadata,
  type ServiceError,
} from '@grpc/grpc-js';
import { definitionOf } from '../api/grpc/definitions.ts';
import type { GrpcService } from '../api/grpc/services.ts';
import { type ErrorInfo, errorInfoIn } from '../api/grpc/status-details.ts';

export type Called = {
  readonly code: number;
  readonly answer: Readonly<Record<string, unknown>>;
  /** Sent before the answer. */
  readonly metadata: Metadata;
  /** Of a refusal. */
  readonly trailers: Metadata;
  readonly info: ErrorInfo | null;
  /** Of a refusal, in words; empty of an answer. */
  readonly detail: string;
};

export type Connecting = { readonly credentials: ChannelCredentials; readonly options?: ClientOptions };
const plain: Connecting = { credentials: credentials.createInsecure() };

export class GrpcClient {
  readonly #client: Client;
  readonly #definition: ReturnType<typeof definitionOf>;

  constructor(port: number, service: Pick<GrpcService, 'name' | 'service'>, connecting = plain) {
    this.#client = new Client(`127.0.0.1:${port}`, connecting.credentials, connecting.options ?? {});
    this.#definition = definitionOf(service);
  }

  /** @param deadlineMs from now; without one it waits for as long as it takes */
  call(
    method: string,
    request: object,
    headers: Record<string, string> = {},
    deadlineMs = Number.POSITIVE_INFINITY,
  ): Promise<Called> {
    const described = this.#definition[method];
    if (!described) throw new Error(`there is no ${method}`);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return new Promise((resolve) => {
      let sent = new Metadata();
      const answered = (error: ServiceError | null, answer?: unknown) => {
        const info = error ? errorInfoIn(error.metadata) : null;
        const [code, detail] = [error?.code ?? 0, error?.details ?? ''];
        const trailers = error?.metadata ?? new Metadata();
        resolve({ code, detail, trailers, answer: (answer ?? {}) as Called['answer'], metadata: sent, info });
      };
      const options = { deadline: Date.now() + deadlineMs };
      const { path, requestSerialize, responseDeserialize } = described;
      this.#client
        .makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, options, answered)
        .on('metadata', (initial) => {
          sent = initial;
        });
    });
  }

  close(): void {
    this.#client.close();
  }
}
