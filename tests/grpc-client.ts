// A gRPC client of one service, for tests: a call gives its answer or its status, with the metadata of both ends.
import { Client, credentials, Metadata, type ServiceError } from '@grpc/grpc-js';
import { definitionOf } from '../api/grpc/door.ts';
import type { GrpcService } from '../api/grpc/services.ts';
import { type ErrorInfo, errorInfoIn } from '../api/grpc/status-details.ts';

export type Called = {
  readonly code: number;
  readonly answer: Readonly<Record<string, unknown>>;
  /** Sent before the answer. */
  readonly metadata: Metadata;
  readonly info: ErrorInfo | null;
};

export class GrpcClient {
  readonly #client: Client;
  readonly #definition: ReturnType<typeof definitionOf>;

  constructor(port: number, service: Pick<GrpcService, 'name' | 'service'>) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    this.#definition = definitionOf(service);
  }

  call(method: string, request: object, headers: Record<string, string> = {}): Promise<Called> {
    const described = this.#definition[method];
    if (!described) throw new Error(`there is no ${method}`);
    const metadata = new Metadata();
    for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
    return new Promise((resolve) => {
      let sent = new Metadata();
      const answered = (error: ServiceError | null, answer?: unknown) => {
        const info = error ? errorInfoIn(error.metadata) : null;
        resolve({ code: error?.code ?? 0, answer: (answer ?? {}) as Called['answer'], metadata: sent, info });
      };
      const { path, requestSerialize, responseDeserialize } = described;
      this.#client
        .makeUnaryRequest(path, requestSerialize, responseDeserialize, request, metadata, answered)
        .on('metadata', (initial) => {
          sent = initial;
        });
    });
  }

  close(): void {
    this.#client.close();
  }
}
