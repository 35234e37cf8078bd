// The compose file holds to its rules: pinned images, health checks, local ports that the settings know, no loose names.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { portTable } from '../../infra/local/settings.mjs';

interface Service {
  image: string;
  ports: string[];
  volumes?: string[];
  healthcheck: { test: string[]; retries: number };
  depends_on?: Record<string, { condition: string }>;
}

const file = new URL('../../docker-compose.kafka.yml', import.meta.url);
const compose: { services: Record<string, Service>; volumes: Record<string, null> } = parse(readFileSync(file, 'utf8'));
const services = Object.entries(compose.services);
const published = services.flatMap(([, service]) => service.ports);

test('it has Kafka, a registry, Cassandra, Redis and a Kafka UI', () => {
  expect(Object.keys(compose.services)).toEqual(['kafka', 'registry', 'cassandra', 'redis', 'kafka-ui']);
});

test.each(services)('%s is pinned to a version and has a health check', (_name, { image, healthcheck }) => {
  expect(image).toMatch(/:v?\d+\.\d+\.\d+(-alpine)?$/);
  expect(healthcheck.test[0]).toBe('CMD');
  expect(healthcheck.retries).toBeGreaterThan(0);
});

test.each(published)('%s is reachable from this machine only, and can be moved', (port) => {
  expect(port).toMatch(/^127\.0\.0\.1:\$\{[A-Z_]+_PORT:-\d+\}:\d+$/);
});

test('no two services want the same host port', () => {
  const hostPorts = published.map((port) => /:-(\d+)/.exec(port)?.[1]);
  expect(new Set(hostPorts).size).toBe(published.length);
});

test('its ports are those of the local processes', () => {
  const known = portTable.map(({ variable, port }) => `\${${variable}:-${port}}`);
  const servers = published.filter((port) => !port.includes('KAFKA_UI'));
  for (const port of servers) expect(known).toContain(port.split(':').slice(1, 3).join(':'));
});

test.each(services)('%s depends on and mounts only what the file declares', (_name, { depends_on, volumes }) => {
  for (const [name, { condition }] of Object.entries(depends_on ?? {})) {
    expect(compose.services).toHaveProperty(name);
    expect(condition).toBe('service_healthy');
  }
  for (const volume of volumes ?? []) expect(compose.volumes).toHaveProperty(volume.split(':')[0] ?? '');
});

const hasPlugin = spawnSync('docker', ['compose', 'version'], { timeout: 3000 }).status === 0;

test.runIf(hasPlugin)('compose itself accepts it', () => {
  const { status, stderr } = spawnSync('docker', ['compose', '-f', file.pathname, 'config', '-q'], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
});
