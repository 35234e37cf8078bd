// What all pages' scripts do with a document and with the API: find a part, make one, ask and get the answer or an error in words.
export const byId = (id) => document.getElementById(id);

export function element(name, text, className) {
  const made = document.createElement(name);
  made.textContent = text;
  if (className) made.className = className;
  return made;
}

/**
 * @param onResponse told of every response, whatever it says
 * @throws with the words of the refusal, and its reason
 */
export async function answerOf(address, options, onResponse = () => {}) {
  const response = await fetch(address, options);
  onResponse(response);
  const body = await response.json();
  if (!response.ok) {
    const error = new Error(body.detail ?? `the answer was ${response.status}`);
    throw Object.assign(error, { reason: body.reason });
  }
  return body;
}

/** JSON, as a request of its own. */
export const sending = (method, body = {}, headers = {}) => ({
  method,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

/** For what moves money or makes matches: every press of a button is a request of its own; a repeat of it would carry the same key. */
export const keyed = (body) => sending('POST', body, { 'idempotency-key': crypto.randomUUID() });
