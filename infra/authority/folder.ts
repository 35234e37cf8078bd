// The authority's files: root and intermediate, made together once, keys of mode 600; whoever comes second reads what the first has made.
import { createPrivateKey, randomBytes, webcrypto } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCrlContent, signCrl } from './crl.ts';
import { curves, type Key, newSerial, x509 } from './x509.ts';

export type AuthorityFiles = {
  readonly root: x509.X509Certificate;
  readonly intermediate: x509.X509Certificate;
  readonly intermediateKey: Key;
  readonly rootCrlDer: Buffer;
};

const dayMs = 86_400_000;
export const lives = { root: 3_652 * dayMs, intermediate: 365 * dayMs, backdated: 5 * 60_000 };
const secret = { mode: 0o600 };
const names = {
  rootKey: 'root.key.pem',
  root: 'root.pem',
  rootCrl: 'root.crl',
  intermediateKey: 'intermediate.key.pem',
  intermediate: 'intermediate.pem',
};
/** Of the folder that is given: it may be a mount, which cannot be renamed to. */
const inside = 'authority';
const { subtle } = webcrypto;

/**
 * Reads the authority, and makes it first where there is none.
 * @throws if a key can be read by others than its owner
 */
export async function openFolder(folder: string, now: number): Promise<AuthorityFiles> {
  const home = join(folder, inside);
  if (!(await exists(join(home, names.intermediate)))) await makeOnce(folder, home, now);
  const at = (name: string) => join(home, name);
  const [root, intermediate] = [await certificateIn(at(names.root)), await certificateIn(at(names.intermediate))];
  const intermediateKey = await keyIn(at(names.intermediateKey), curves.intermediate);
  await refreshRootCrl(home, root, now);
  return { root, intermediate, intermediateKey, rootCrlDer: await readFile(at(names.rootCrl)) };
}

async function makeOnce(folder: string, home: string, now: number): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const making = join(folder, `.making-${randomBytes(6).toString('hex')}`);
  await mkdir(making, { mode: 0o700 });
  try {
    await make(making, now);
    await rename(making, home);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
}

async function make(folder: string, now: number): Promise<void> {
  const rootKeys = await pairOf(curves.root);
  const keys = await pairOf(curves.intermediate);
  const notBefore = new Date(now - lives.backdated);
  const rootName = 'CN=PROFITHACK Root, O=PROFITHACK';
  const root = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: newSerial(), subject: rootName, issuer: rootName, notBefore },
    notAfter: new Date(now + lives.root),
    ...{ publicKey: rootKeys.publicKey, signingKey: rootKeys.privateKey, signingAlgorithm: curves.root },
    extensions: await authorityExtensions(rootKeys.publicKey, rootKeys.publicKey, 1),
  });
  const intermediate = await x509.X509CertificateGenerator.create({
    ...{ serialNumber: newSerial(), subject: 'CN=PROFITHACK Services, O=PROFITHACK', issuer: root.subject, notBefore },
    notAfter: new Date(now + lives.intermediate),
    ...{ publicKey: keys.publicKey, signingKey: rootKeys.privateKey, signingAlgorithm: curves.root },
    extensions: await authorityExtensions(keys.publicKey, rootKeys.publicKey, 0),
  });
  const write = (name: string, content: string | Buffer) => writeFile(join(folder, name), content, secret);
  await write(names.rootKey, await pkcs8(rootKeys.privateKey));
  await write(names.root, `${root.toString('pem')}\n`);
  await write(names.intermediateKey, await pkcs8(keys.privateKey));
  await write(names.intermediate, `${intermediate.toString('pem')}\n`);
  await write(names.rootCrl, await rootCrl(root, rootKeys.privateKey, now));
}

async function authorityExtensions(own: Key, issuer: Key, pathLength: number): Promise<x509.Extension[]> {
  const { keyCertSign, cRLSign } = x509.KeyUsageFlags;
  return [
    new x509.BasicConstraintsExtension(true, pathLength, true),
    new x509.KeyUsagesExtension(keyCertSign | cRLSign, true),
    await x509.SubjectKeyIdentifierExtension.create(own),
    await x509.AuthorityKeyIdentifierExtension.create(issuer),
  ];
}

/** The root signs again its (empty) list of revoked intermediates, unless its key has been taken away to a safe place. */
async function refreshRootCrl(home: string, root: x509.X509Certificate, now: number): Promise<void> {
  const path = join(home, names.rootCrl);
  const current = new x509.X509Crl(await readFile(path));
  const { thisUpdate, nextUpdate } = current;
  const halfTime = (thisUpdate.getTime() + (nextUpdate?.getTime() ?? 0)) / 2;
  if (now < halfTime || !(await exists(join(home, names.rootKey)))) return;
  const key = await keyIn(join(home, names.rootKey), curves.root);
  const making = `${path}.${randomBytes(6).toString('hex')}`;
  await writeFile(making, await rootCrl(root, key, now), secret);
  await rename(making, path);
}

const rootCrl = (root: x509.X509Certificate, key: Key, now: number) =>
  signCrl(root, { key, algorithm: curves.root }, rootCrlContent(now));

const pairOf = (curve: (typeof curves)[keyof typeof curves]) =>
  subtle.generateKey(curve, true, ['sign', 'verify']) as Promise<webcrypto.CryptoKeyPair>;

const pkcs8 = async (key: Key) =>
  String(
    createPrivateKey({ key: Buffer.from(await subtle.exportKey('pkcs8', key)), format: 'der', type: 'pkcs8' }).export({
      type: 'pkcs8',
      format: 'pem',
    }),
  );

const certificateIn = async (path: string) => new x509.X509Certificate(await readFile(path, 'utf8'));

async function keyIn(path: string, curve: (typeof curves)[keyof typeof curves]): Promise<Key> {
  const { mode } = await stat(path);
  if ((mode & 0o077) !== 0) throw new Error(`${path} can be read by others: its mode must be 600`);
  const der = createPrivateKey(await readFile(path)).export({ type: 'pkcs8', format: 'der' });
  return subtle.importKey('pkcs8', der, curve, false, ['sign']);
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );
