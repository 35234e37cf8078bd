// Unit tests in parallel; what needs the servers one file at a time, for they share two cores.
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { testTimeout: 60_000, hookTimeout: 60_000, fileParallelism: !process.env.KAFKA_BROKERS },
});
