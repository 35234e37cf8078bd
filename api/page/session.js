// Before every page's script: keeps the tokens of this tab, sends the access token with each request, and gets the next one in time.
const sessionKey = 'session';
const bareFetch = window.fetch.bind(window);
/** Another access token is fetched so long before this one expires. */
const aheadMs = 30_000;
/** A refresh token may come again for 10 s: an answer that was lost is asked for again within them. */
const againMs = 1_000;
const againMax = 2;
let refreshing = null;

/** Gone when the tab is closed; no other site's page and no other tab can read it. */
function signedIn() {
  return JSON.parse(sessionStorage.getItem(sessionKey) ?? 'null');
}

function keepSession(tokens) {
  const { access_token, refresh_token, user_id, expires_in } = tokens;
  const { username } = { ...signedIn(), ...tokens };
  const kept = { access_token, refresh_token, user_id, username, until: Date.now() + expires_in * 1_000 };
  sessionStorage.setItem(sessionKey, JSON.stringify(kept));
}

const forgetSession = () => sessionStorage.removeItem(sessionKey);

/** Ended elsewhere, by a reuse, by another password: where an account is needed the way leads to the log-in, and from there back. */
function endSession(response) {
  forgetSession();
  const isNeeded = response.headers.get('demo-mode') === null && location.pathname !== '/account';
  if (isNeeded) location.assign(`/account?${new URLSearchParams({ back: location.pathname })}`);
}

/** Once at a time: a refresh token works once, and shown again later it ends the session. */
function refreshed() {
  refreshing ??= refresh().finally(() => {
    refreshing = null;
  });
  return refreshing;
}

async function refresh(asked = 0) {
  const response = await bareFetch('/api/auth/refresh', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ refresh_token: signedIn()?.refresh_token ?? '' }),
  }).catch(() => null);
  if (response?.ok) return keepSession(await response.json());
  if (response?.status === 401) return endSession(response);
  if (asked === againMax) return;
  await new Promise((resolve) => setTimeout(resolve, againMs));
  await refresh(asked + 1);
}

/**
 * For what does not go through fetch: one that still counts; null where nobody is signed in.
 * @param isRefused whether the one before did not count: then it is asked whether the session goes on
 */
window.accessToken = async (isRefused = false) => {
  if (isRefused && signedIn()) await window.fetch('/api/auth/me');
  if (signedIn() && signedIn().until - aheadMs < Date.now()) await refreshed();
  return signedIn()?.access_token ?? null;
};

window.fetch = async (address, options = {}) => {
  const isOurs = new URL(address, location.href).origin === location.origin;
  if (!isOurs || !signedIn()) return bareFetch(address, options);
  if (signedIn().until - aheadMs < Date.now()) await refreshed();
  const token = signedIn()?.access_token;
  const headers = { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) };
  const response = await bareFetch(address, { ...options, headers });
  if (response.status === 401 && token && token === signedIn()?.access_token) {
    const { reason } = await response.clone().json();
    if (reason === 'session_revoked' || reason === 'invalid_token') endSession(response);
  }
  return response;
};
