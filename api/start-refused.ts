// What this process cannot or should not start with, told in one sentence to whoever starts the process.

export class StartRefused extends Error {
  override readonly name = 'StartRefused';
}
