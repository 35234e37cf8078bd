// Installs the npm packages when node_modules is missing or older than package-lock.json.
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from './java.mjs';
import { withLock } from './lock.mjs';
import { root } from './settings.mjs';

const lockFile = join(root, 'package-lock.json');
const installed = join(root, 'node_modules/.package-lock.json');

/** npm writes its own record last, so its age is that of a finished install. */
const packagesAreCurrent = () => existsSync(installed) && statSync(installed).mtimeMs >= statSync(lockFile).mtimeMs;

export async function installPackages(supervisor, showStep) {
  if (packagesAreCurrent()) return;
  const cli = process.env.npm_execpath;
  const [command, before] = cli?.endsWith('.js') ? [process.execPath, [cli]] : [onPath('npm') ?? 'npm', []];
  const args = [...before, 'ci', '--no-audit', '--no-fund'];
  await showStep(() =>
    withLock(join(root, '.stack/packages.lock'), async () => {
      if (!packagesAreCurrent())
        await supervisor.run({
          name: 'packages',
          title: 'npm ci',
          command,
          args,
          telling: /npm error (?!code|A complete)\S/,
        });
    }),
  );
}
