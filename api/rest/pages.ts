// The pages for people: the front page, account, wallet, dating, experiments, the API documentation, and the document that it is made from.
import { readFileSync } from 'node:fs';
import { type Request, type Response, Router } from 'express';
import swagger from 'swagger-ui-express';
import { Refusal } from '../problems.ts';
import { otherMethod } from './adapter.ts';
import { etagOf, hasAlready } from './etags.ts';
import { sendRefusal } from './problem-answers.ts';
import { withPolicy } from './security-headers.ts';

const files = {
  '/': { file: 'index.html', type: 'text/html; charset=utf-8' },
  '/page/page.js': { file: 'page.js', type: 'text/javascript; charset=utf-8' },
  '/page/dom.js': { file: 'dom.js', type: 'text/javascript; charset=utf-8' },
  '/page/live.js': { file: 'live.js', type: 'text/javascript; charset=utf-8' },
  '/page/page.css': { file: 'page.css', type: 'text/css; charset=utf-8' },
  '/experiments': { file: 'experiments.html', type: 'text/html; charset=utf-8' },
  '/page/experiments.js': { file: 'experiments.js', type: 'text/javascript; charset=utf-8' },
  '/page/experiments.css': { file: 'experiments.css', type: 'text/css; charset=utf-8' },
  '/wallet': { file: 'wallet.html', type: 'text/html; charset=utf-8' },
  '/page/wallet.js': { file: 'wallet.js', type: 'text/javascript; charset=utf-8' },
  '/page/wallet.css': { file: 'wallet.css', type: 'text/css; charset=utf-8' },
  '/page/session.js': { file: 'session.js', type: 'text/javascript; charset=utf-8' },
  '/account': { file: 'account.html', type: 'text/html; charset=utf-8' },
  '/page/visitor.js': { file: 'visitor.js', type: 'text/javascript; charset=utf-8' },
  '/page/account.js': { file: 'account.js', type: 'text/javascript; charset=utf-8' },
  '/page/account.css': { file: 'account.css', type: 'text/css; charset=utf-8' },
  '/dating': { file: 'dating.html', type: 'text/html; charset=utf-8' },
  '/page/dating.js': { file: 'dating.js', type: 'text/javascript; charset=utf-8' },
  '/page/dating.css': { file: 'dating.css', type: 'text/css; charset=utf-8' },
} as const;

/** The documentation's own page, below the navigation of all the others. */
function documentationPage(): string {
  const front = readFileSync(new URL('../page/index.html', import.meta.url), 'utf8');
  const nav = /<nav.*?<\/nav>/s.exec(front)?.[0].replace(' aria-current="page"', '') ?? '';
  const customCss =
    'nav[aria-label] { display: flex; flex-wrap: wrap; gap: 20px; padding: 14px 20px; font: 14px sans-serif }';
  const page = swagger.generateHTML(undefined, { swaggerUrl: '/openapi.json', customCss });
  return page.replace(/<body[^>]*>/, (body) => `${body}\n${nav}`);
}

export function pages(openApi: object): Router {
  const router = Router();
  for (const [path, { file, type }] of Object.entries(files)) {
    const text = readFileSync(new URL(`../page/${file}`, import.meta.url));
    const etag = etagOf(text);
    router.get(path, withPolicy('page'), (request, response) => {
      if (!hasAlready(request, response, etag)) response.type(type).send(text);
    });
    router.all(path, otherMethod(['GET', 'HEAD']));
  }
  const text = JSON.stringify(openApi);
  const etag = etagOf(text);
  router.get('/openapi.json', (request, response) => {
    if (!hasAlready(request, response, etag)) response.type('application/json').send(text);
  });
  router.all('/openapi.json', otherMethod(['GET', 'HEAD']));
  const documentation = documentationPage();
  router.use('/docs', withPolicy('docs'), swagger.serve, (_request: Request, response: Response) => {
    response.type('html').send(documentation);
  });
  router.all('/ws', (_request, response) => {
    response.set('upgrade', 'websocket');
    sendRefusal(response, new Refusal('upgrade_required', 'open a WebSocket here'));
  });
  return router;
}
