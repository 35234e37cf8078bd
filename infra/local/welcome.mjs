// What `npm start` says when all is up: the addresses, and commands that work in the mode it runs in.
import { shellLines } from './running.mjs';

const json = "-H 'content-type: application/json'";

const inDemoMode = (url) => `Try:
  curl '${url}/api/demo/feed?userId=test&limit=5'
  curl -X POST ${url}/api/demo/track-view ${json} -d '{"userId":"user1","videoId":"video1","watchDurationMs":15000}'
  curl '${url}/api/grpc/dating/matches?userId=ana&limit=3'     or open ${url}/dating?userId=ana
  curl ${url}/api/demo/architecture
  curl -X POST ${url}/api/payments/checkout ${json} -H 'idempotency-key: buy-1' -d '{"user_id":"test","product":"coins_1000"}'   # a POST to its redirect_url pays
  curl ${url}/api/wallets/test`;

const withAccounts = (
  url,
) => `Demo mode is off: everyone acts by an access token. Register and log in at ${url}/account, or:
  curl -X POST ${url}/api/auth/register ${json} -d '{"username":"grace","password":"a long password","birth_date":"1995-06-15","time_zone":"Europe/Berlin"}'
  curl -X POST ${url}/api/auth/login ${json} -d '{"username":"grace","password":"a long password"}'
  curl ${url}/api/auth/me -H 'authorization: Bearer ACCESS_TOKEN'
  npm run -s accounts -- grant --user grace --role operator     # the first operator; counts from the next log-in on
  curl ${url}/api/demo/architecture -H 'authorization: Bearer ACCESS_TOKEN'     # for operators`;

/** @param env the addresses of the running stack */
export function welcome(env, { isDemo, logFolder }) {
  const url = env.API_URL;
  const isGrpc = ([name]) => /^GRPC_\w+_URL$/.test(name);
  const [grpc, others] = [true, false].map((wanted) =>
    Object.fromEntries(Object.entries(env).filter((entry) => isGrpc(entry) === wanted)),
  );
  const pages = isDemo ? `open ${url}/ · a wallet at ${url}/wallet?userId=test` : `open ${url}/account`;
  return `
PROFITHACK runs: ${pages} · stop with Ctrl-C · log files in ${logFolder}
${shellLines(others).replace(/^/gm, '  ')}
  ${shellLines(grpc).replaceAll('\n', ' ')}
${isDemo ? inDemoMode(url) : withAccounts(url)}
`;
}
