// The closed list of reasons for a refusal, and the one table that says what each is in HTTP and in gRPC.

type Meaning = {
  readonly status: number;
  readonly grpc: number;
  readonly title: string;
  readonly retryAfterS?: number;
};

const grpc = {
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
} as const;

export const reasons = {
  malformed_request: { status: 400, grpc: grpc.invalidArgument, title: 'The request cannot be read' },
  missing_field: { status: 400, grpc: grpc.invalidArgument, title: 'A required field is missing' },
  invalid_field: { status: 400, grpc: grpc.invalidArgument, title: 'A field is not as documented' },
  unknown_field: { status: 400, grpc: grpc.invalidArgument, title: 'There is no such field' },
  unknown_action: { status: 422, grpc: grpc.invalidArgument, title: 'There is no such action' },
  not_client_action: { status: 422, grpc: grpc.invalidArgument, title: 'Clients may not post this action' },
  unknown_reason: { status: 422, grpc: grpc.invalidArgument, title: 'There is no such reason' },
  in_the_future: { status: 422, grpc: grpc.invalidArgument, title: 'This is dated in the future' },
  too_large: { status: 413, grpc: grpc.resourceExhausted, title: 'The request is too large' },
  headers_too_large: { status: 431, grpc: grpc.resourceExhausted, title: 'Address and headers are too long' },
  unsupported_media_type: { status: 415, grpc: grpc.invalidArgument, title: 'Only application/json is read' },
  forbidden_origin: { status: 403, grpc: grpc.permissionDenied, title: 'Not for pages of another site' },
  not_found: { status: 404, grpc: grpc.notFound, title: 'Not known here' },
  unknown_route: { status: 404, grpc: grpc.unimplemented, title: 'There is no such address' },
  method_not_allowed: { status: 405, grpc: grpc.unimplemented, title: 'Another method is needed' },
  upgrade_required: { status: 426, grpc: grpc.failedPrecondition, title: 'This address speaks WebSocket' },
  not_implemented: { status: 501, grpc: grpc.unimplemented, title: 'This service is not built yet' },
  unavailable: { status: 503, grpc: grpc.unavailable, title: 'Something this needs does not answer', retryAfterS: 1 },
  overloaded: { status: 503, grpc: grpc.unavailable, title: 'Too much is waiting already', retryAfterS: 1 },
  not_ready: { status: 503, grpc: grpc.unavailable, title: 'Not ready to serve yet', retryAfterS: 1 },
  not_yet_visible: {
    status: 504,
    grpc: grpc.deadlineExceeded,
    title: 'The event is accepted, but not visible here yet',
    retryAfterS: 1,
  },
  internal: { status: 500, grpc: grpc.internal, title: 'This went wrong here' },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof reasons;

export type RefusalDetails = { readonly field?: string; readonly eventId?: string; readonly allow?: readonly string[] };

/** A request that is not carried out, and why: an outcome that services return, not an exception. */
export class Refusal {
  readonly reason: Reason;
  readonly detail: string;
  readonly more: RefusalDetails;

  constructor(reason: Reason, detail: string, more: RefusalDetails = {}) {
    this.reason = reason;
    this.detail = detail;
    this.more = more;
  }
}

/** A refusal as problem+json (RFC 9457); `reason`, `field` and `event_id` are its extensions. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: Reason;
  readonly field?: string;
  readonly event_id?: string;
};

export function problemOf({ reason, detail, more }: Refusal): Problem {
  const { status, title } = reasons[reason];
  return {
    type: `urn:profithack:problem:${reason}`,
    title,
    status,
    detail,
    reason,
    ...(more.field !== undefined && { field: more.field }),
    ...(more.eventId !== undefined && { event_id: more.eventId }),
  };
}

/** Seconds after which a repeat is worth it, where there is such a time. */
export function retryAfterS(reason: Reason): number | undefined {
  const meaning: Meaning = reasons[reason];
  return meaning.retryAfterS;
}
