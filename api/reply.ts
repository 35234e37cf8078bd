// An answer with more to it than its data: another status, headers, or a text that is not JSON.

export type ReplyDetails = {
  readonly status?: number;
  /** Metadata in gRPC. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Content type of a body that is a text. */
  readonly type?: string;
};

export class Reply {
  readonly body: unknown;
  readonly details: ReplyDetails;

  constructor(body: unknown, details: ReplyDetails = {}) {
    this.body = body;
    this.details = details;
  }
}
