// `npm run test:faults -- --seed N | --seeds A-B [--short] [--money]`: installs the packages if need be, then runs main.ts in the foreground.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { installPackages } from '../../infra/local/packages.mjs';
import { root } from '../../infra/local/settings.mjs';
import { complain, step } from '../../infra/local/steps.mjs';
import { Supervisor } from '../../infra/local/supervisor.mjs';

const main = join(root, 'tests/faults/main.ts');

try {
  const supervisor = new Supervisor(join(root, '.stack/faults'), { onGiveUp: (error) => complain(error.message) });
  await installPackages(supervisor, (work) => step('Packages installed', work));
} catch (error) {
  complain(error.message);
  process.exit(1);
}
const child = spawn(process.execPath, ['--import', 'tsx', main, ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.once('exit', (code) => process.exit(code ?? 1));
