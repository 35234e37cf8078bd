// A value that may be there already: what comes next then happens at once, without a turn of the event loop's queue.

export type Soon<Value> = Value | Promise<Value>;

/** As `then` of a promise; what `next` throws is thrown here where nothing had to be waited for. */
export function soon<Value, Next>(value: Soon<Value>, next: (value: Value) => Soon<Next>): Soon<Next> {
  return value instanceof Promise ? value.then(next) : next(value);
}
