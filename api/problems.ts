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
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  failedPrecondition: 9,
  outOfRange: 11,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
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
  too_slow: { status: 408, grpc: grpc.deadlineExceeded, title: 'The request did not come in time' },
  too_large: { status: 413, grpc: grpc.resourceExhausted, title: 'The request is too large' },
  headers_too_large: { status: 431, grpc: grpc.resourceExhausted, title: 'Address and headers are too long' },
  unsupported_media_type: { status: 415, grpc: grpc.invalidArgument, title: 'Only application/json is read' },
  forbidden_origin: { status: 403, grpc: grpc.permissionDenied, title: 'Not for pages of another site' },
  unknown_host: { status: 421, grpc: grpc.permissionDenied, title: 'This API has another name' },
  unauthenticated: { status: 401, grpc: grpc.unauthenticated, title: 'This needs an access token' },
  token_expired: { status: 401, grpc: grpc.unauthenticated, title: 'This token has expired' },
  invalid_token: { status: 401, grpc: grpc.unauthenticated, title: 'This token is not valid here' },
  session_revoked: { status: 401, grpc: grpc.unauthenticated, title: 'This session has ended' },
  wrong_credentials: { status: 401, grpc: grpc.unauthenticated, title: 'No such user name and password' },
  forbidden: { status: 403, grpc: grpc.permissionDenied, title: 'This caller may not do this' },
  rate_limited: { status: 429, grpc: grpc.resourceExhausted, title: 'Too many requests' },
  username_taken: { status: 409, grpc: grpc.alreadyExists, title: 'This user name is taken' },
  user_id_taken: { status: 409, grpc: grpc.alreadyExists, title: 'This user id is taken' },
  invalid_csr: { status: 422, grpc: grpc.invalidArgument, title: 'This is no usable certificate request' },
  compromised_key: { status: 422, grpc: grpc.failedPrecondition, title: 'Others may have this key' },
  unknown_certificate: { status: 404, grpc: grpc.notFound, title: 'There is no such certificate' },
  already_revoked: { status: 409, grpc: grpc.failedPrecondition, title: 'This certificate is revoked already' },
  unsupported_version: { status: 426, grpc: grpc.failedPrecondition, title: 'This version is not spoken here' },
  bad_signature: { status: 401, grpc: grpc.unauthenticated, title: 'This is not signed by the provider' },
  provider_unavailable: { status: 502, grpc: grpc.unavailable, title: 'No payment provider could be used' },
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
    title: 'This is in the log, but not visible here yet',
    retryAfterS: 1,
  },
  insufficient_funds: { status: 402, grpc: grpc.failedPrecondition, title: 'There is not enough to pay this' },
  payment_required: { status: 402, grpc: grpc.failedPrecondition, title: 'This has to be paid for' },
  unknown_recipient: { status: 404, grpc: grpc.notFound, title: 'There is no such recipient' },
  unknown_transaction: { status: 404, grpc: grpc.notFound, title: 'There is no such transaction' },
  idempotency_key_reused: { status: 409, grpc: grpc.alreadyExists, title: 'This key belongs to another request' },
  already_unlocked: { status: 409, grpc: grpc.alreadyExists, title: 'This is unlocked already' },
  already_subscribed: { status: 409, grpc: grpc.alreadyExists, title: 'This subscription is there already' },
  not_suited: { status: 409, grpc: grpc.failedPrecondition, title: 'The two do not look for each other' },
  already_swiped: { status: 409, grpc: grpc.alreadyExists, title: 'This person was swiped already' },
  not_subscribed: { status: 409, grpc: grpc.failedPrecondition, title: 'There is no such subscription' },
  no_plan: { status: 409, grpc: grpc.failedPrecondition, title: 'There is no plan' },
  already_reversed: { status: 409, grpc: grpc.failedPrecondition, title: 'This is reversed already' },
  own_gift: { status: 422, grpc: grpc.invalidArgument, title: 'Nobody pays themselves' },
  own_swipe: { status: 422, grpc: grpc.invalidArgument, title: 'Nobody meets themselves' },
  invalid_amount: { status: 422, grpc: grpc.invalidArgument, title: 'This is not the price' },
  unknown_gift: { status: 422, grpc: grpc.invalidArgument, title: 'There is no such gift' },
  unknown_tier: { status: 422, grpc: grpc.invalidArgument, title: 'There is no such tier' },
  unknown_product: { status: 422, grpc: grpc.invalidArgument, title: 'There is no such product' },
  unknown_placement: { status: 422, grpc: grpc.invalidArgument, title: 'There is no such place for an advertisement' },
  not_for_sale: { status: 422, grpc: grpc.failedPrecondition, title: 'This cannot be unlocked' },
  exceeds_remaining: { status: 422, grpc: grpc.outOfRange, title: 'This is more than what remains' },
  below_minimum: { status: 422, grpc: grpc.outOfRange, title: 'This is less than the least amount' },
  too_old: { status: 422, grpc: grpc.failedPrecondition, title: 'This is too old' },
  not_reversible: { status: 422, grpc: grpc.failedPrecondition, title: 'This cannot be reversed' },
  no_profile: { status: 409, grpc: grpc.failedPrecondition, title: 'There is no visible dating profile' },
  blocked: { status: 403, grpc: grpc.permissionDenied, title: 'One of the two has blocked the other' },
  not_blocked: { status: 409, grpc: grpc.failedPrecondition, title: 'There is no block to lift' },
  nothing_to_undo: { status: 409, grpc: grpc.failedPrecondition, title: 'There is nothing to undo' },
  already_undone: { status: 409, grpc: grpc.failedPrecondition, title: 'This was undone already' },
  has_matched: { status: 409, grpc: grpc.failedPrecondition, title: 'This has had its effect already' },
  no_match: { status: 404, grpc: grpc.notFound, title: 'There is no such match' },
  match_ended: { status: 409, grpc: grpc.failedPrecondition, title: 'This match has ended' },
  already_requested: { status: 409, grpc: grpc.alreadyExists, title: 'This was asked for already' },
  account_deleted: { status: 410, grpc: grpc.failedPrecondition, title: 'This account was deleted, for good' },
  under_age: { status: 422, grpc: grpc.failedPrecondition, title: 'This needs a greater age' },
  limit: { status: 422, grpc: grpc.resourceExhausted, title: 'This would pass a limit of the account' },
  internal: { status: 500, grpc: grpc.internal, title: 'This went wrong here' },
} as const satisfies Record<string, Meaning>;

export type Reason = keyof typeof reasons;

export type RefusalDetails = {
  readonly field?: string;
  readonly eventId?: string;
  readonly allow?: readonly string[];
  /** Of a request for money that was decided. */
  readonly transactionId?: string;
  /** More members of the problem: what would be accepted, such as a price. */
  readonly about?: Readonly<Record<string, unknown>>;
  /** Headers of the answer, metadata in gRPC. */
  readonly headers?: Readonly<Record<string, string>>;
};

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

/** A refusal as problem+json (RFC 9457); `reason`, `field`, `event_id` and `transaction_id` are its extensions. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly reason: Reason;
  readonly field?: string;
  readonly event_id?: string;
  readonly transaction_id?: string;
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
    ...(more.transactionId !== undefined && { transaction_id: more.transactionId }),
    ...more.about,
  };
}

/** Seconds after which a repeat is worth it, where there is such a time. */
export function retryAfterS(reason: Reason): number | undefined {
  const meaning: Meaning = reasons[reason];
  return meaning.retryAfterS;
}
