// The pages: one navigation for all, every file that one loads is served, and nobody is assumed to be the demo's user.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../api/page/', import.meta.url);
const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
const pages = readdirSync(folder).filter((name) => name.endsWith('.html'));
const served = readFileSync(new URL('../../api/rest/pages.ts', import.meta.url), 'utf8');
const navigation = ['Feed', 'Wallet', 'Dating', 'Experiments', 'Account', 'API'];

describe.each(pages)('%s', (name) => {
  const page = read(name);

  it('has the navigation of all, and is marked in it', () => {
    const nav = /<nav aria-label="Pages">.*?<\/nav>/s.exec(page)?.[0] ?? '';
    expect([...nav.matchAll(/>(\w+)<\/a>/g)].map(([, text]) => text)).toEqual(navigation);
    expect(nav.match(/aria-current="page"/g)).toHaveLength(1);
  });

  it('loads only files that are served, and so do its scripts', () => {
    const loaded = [...page.matchAll(/"\/page\/([\w.]+)"/g)].map(([, file]) => file as string);
    const scripts = loaded.filter((file) => file.endsWith('.js'));
    const imported = scripts.flatMap((file) => [...read(file).matchAll(/from '\.\/([\w.]+)'/g)].map(([, one]) => one));
    for (const file of [...loaded, ...imported]) expect(served).toContain(`'/page/${file}'`);
  });

  it('names nobody before it is known who looks', () => {
    expect(page).not.toContain('<code id="user">test');
    if (name !== 'account.html') expect(page).toContain('<main hidden>');
  });
});

describe('the scripts', () => {
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js') && name !== 'dom.js');

  it.each(scripts)('%s has what all need from one place', (name) => {
    expect(read(name)).not.toMatch(/function element\(|byId = \(|function answerOf\(/);
  });

  it('ask for the front page’s feed over the socket, and again only to see what was just done', () => {
    expect(read('page.js').match(/\/api\/demo\/feed/g)).toHaveLength(1);
  });
});
