// What a start is refused for because it would not be safe: rules over the environment, for `npm start` before it starts anything, and for each process.

/** Of a process that would end the same way each time: it is not started again. */
export const refusedExitCode = 78;

/** Data of `npm start`, and what may be lost with it; STACK_FOLDER names another. */
export const defaultStackFolder = '.stack/start';

const loopbackNames = new Set(['localhost', '[::1]', '::1']);

export const isLoopback = (/** @type {string} */ host) => loopbackNames.has(host) || /^127(\.\d+){3}$/.test(host);

/** However it is written. */
export const isProduction = (/** @type {Record<string, string | undefined>} */ env) =>
  env.NODE_ENV?.trim().toLowerCase() === 'production';

/**
 * In demo mode everyone is who they say: by default where this machine alone reaches the API.
 * @param {Record<string, string | undefined>} env
 * @throws for a mode that there is not
 */
export function isDemoMode(env) {
  const mode = env.DEMO_MODE?.trim() || (isLoopback(env.HOST?.trim() || '127.0.0.1') ? 'on' : 'off');
  if (mode !== 'on' && mode !== 'off') throw new Error(`DEMO_MODE must be on or off, not "${mode}"`);
  return mode === 'on';
}

export const howToMakeKey = 'openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256';

/**
 * @param {{ isDemo: boolean, isProduction: boolean, privateKey: string | null }} identity
 * @returns {string | null} one sentence
 */
export function identityRefusal({ isDemo, isProduction, privateKey }) {
  if (isProduction && isDemo)
    return 'NODE_ENV=production does not start in demo mode, in which anyone acts as anyone: set DEMO_MODE=off';
  if (isDemo || privateKey) return null;
  return `AUTH_PRIVATE_KEY is missing: outside demo mode it must hold the PEM of an EC key on P-256, as "${howToMakeKey}" makes it`;
}

/**
 * @param {{ mtls: string, folder: string | null }} security
 * @returns {string | null} one sentence
 */
export function authorityRefusal({ mtls, folder }) {
  if (mtls !== 'on' && mtls !== 'off') return `MTLS must be on or off, not "${mtls}"`;
  return mtls === 'on' && folder === null ? 'MTLS=on needs CA_FOLDER, the folder of the authority' : null;
}

/**
 * All of these rules at once.
 * @param {Record<string, string | undefined>} env
 * @returns {string | null} one sentence
 */
export function startRefusal(env) {
  const text = (/** @type {string} */ name) => env[name]?.trim() || null;
  try {
    const isDemo = isDemoMode(env);
    const identity = { isDemo, isProduction: isProduction(env), privateKey: text('AUTH_PRIVATE_KEY') };
    const folder = text('CA_FOLDER') ?? (isDemo ? defaultStackFolder : null);
    return identityRefusal(identity) ?? authorityRefusal({ mtls: text('MTLS') ?? 'off', folder });
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
