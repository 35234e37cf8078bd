// docs/api-tables.md is made from the tables that it shows; `npx vitest run tests/unit/api-tables-page.test.ts -u` writes it anew.
import { status } from '@grpc/grpc-js';
import { expect, it } from 'vitest';
import { grpcServices } from '../../api/grpc/services.ts';
import { reasons, retryAfterS } from '../../api/problems.ts';
import { grpcPorts, grpcPortVariable } from '../../infra/grpc-ports.mjs';

const table = (heads: readonly string[], rows: readonly (readonly string[])[]) =>
  [heads, heads.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

const methods = grpcServices.flatMap(({ name, service, methods: all }) =>
  Object.entries(all).map(([method, { route }]) => [
    `${grpcPorts[name]} \`${grpcPortVariable(name)}\``,
    `\`${service}/${method}\``,
    `\`${route.method.toUpperCase()} ${route.path}\``,
    route.slug === 'later' ? 'not built yet' : route.summary,
  ]),
);

const refusals = (Object.keys(reasons) as (keyof typeof reasons)[]).map((reason) => {
  const { status: http, grpc, title } = reasons[reason];
  const wait = retryAfterS(reason);
  return [
    `\`${reason}\``,
    String(http),
    `${status[grpc]} (${grpc})`,
    wait ? `${title}; repeat after ${wait} s` : title,
  ];
});

const page = `# Tables of the API

Made from \`api/grpc/services.ts\` and \`api/problems.ts\` by \`npx vitest run tests/unit/api-tables-page.test.ts -u\`; [api.md](api.md) explains them.

## Methods and their REST twins
${table(['port', 'method', 'REST', 'what it does'], methods)}

## Refusals
${table(['reason', 'HTTP', 'gRPC', 'meaning'], refusals)}
`;

it('the page of tables is that of the tables', async () => {
  await expect(page).toMatchFileSnapshot('../../docs/api-tables.md');
});
