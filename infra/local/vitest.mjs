// Runs one suite by vitest in the foreground and counts what passed and failed from its JSON report.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './settings.mjs';

const vitest = join(root, 'node_modules/vitest/vitest.mjs');

/** A file that could not even be loaded counts as one failure, for it holds no test that could fail. */
export function countsOf(report) {
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}

function readCounts(file, code) {
  try {
    return countsOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return { passed: 0, failed: code === 0 ? 0 : 1 };
  } finally {
    rmSync(file, { force: true });
  }
}

/** Answers { code, passed, failed }; a signal to this process reaches vitest too. */
export async function runVitest({ args, env, reportFile }) {
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const child = spawn(process.execPath, [vitest, 'run', '--passWithNoTests', ...args, ...reporters], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const kill = () => child.kill('SIGTERM');
  process.once('exit', kill);
  const code = await new Promise((done) => child.once('exit', (status) => done(status ?? 1)));
  process.off('exit', kill);
  return { code, ...readCounts(reportFile, code) };
}
