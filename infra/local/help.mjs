// Answers `--help` of a command, before anything is installed or started for it.
import { say } from './steps.mjs';

export const asksHelp = (args) => args.some((arg) => arg === '--help' || arg === '-h');

export function helpOr(args, usage) {
  if (!asksHelp(args)) return;
  say(usage);
  process.exit(0);
}
