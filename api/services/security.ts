// The zero-trust security service: certificates for services, their revocation, the inventory, the list of revoked ones.

import type { Wanted } from '../../infra/authority/authority.ts';
import { pemOf } from '../../infra/authority/x509.ts';
import { type CertificateEntry, statusOf } from '../../projections/certificate-book.ts';
import {
  type CertificateStatus,
  certificateServices,
  type KeyType,
  type RevocationReason,
} from '../../schemas/security.ts';
import { decodeCursor, encodeCursor, wrongCursor } from '../cursors.ts';
import type { Call, Services } from '../ports.ts';
import { Refusal } from '../problems.ts';
import { Reply } from '../reply.ts';
import type { Asker, SecurityDesk } from '../security-desk.ts';

export type IssueCertificate = {
  readonly service_name: string;
  readonly common_name: string;
  readonly csr?: string;
  readonly key_type?: KeyType;
  readonly replaces?: string;
};
export type RevokeCertificate = { readonly serial_number: string; readonly reason: RevocationReason };
export type ListCertificates = {
  readonly service_name?: string;
  readonly common_name?: string;
  readonly status?: CertificateStatus;
  readonly expires_before?: string;
  readonly limit: number;
  readonly cursor?: string;
};

const dayMs = 86_400_000;
const base64 = (text: string) => Buffer.from(text).toString('base64');
const iso = (ms: number) => new Date(ms).toISOString();
const askerOf = ({ caller, requestId }: Call): Asker => ({
  actorId: caller.kind === 'user' ? caller.userId : caller.kind,
  requestId,
});

export async function issueCertificateFor(services: Services, request: IssueCertificate, call: Call) {
  const desk = services.security;
  const refused = refusedName(desk, request) ?? (await refusedReplacement(desk, request));
  if (refused) return refused;
  const { service_name: serviceName, common_name: commonName, csr, key_type: keyType, replaces } = request;
  if (csr !== undefined && keyType !== undefined)
    return new Refusal('invalid_field', 'key_type is for a key that is made here, and the csr has one', {
      field: 'key_type',
    });
  const wanted: Wanted = {
    serviceName,
    commonName,
    ...(csr === undefined ? { keyType: keyType ?? 'RSA_2048' } : { csr }),
  };
  try {
    const issued = await desk.issue(wanted, askerOf(call), replaces);
    const days = Math.round((issued.notAfter - services.now()) / dayMs);
    const answer = {
      success: true,
      message: `mTLS Certificate issued for ${serviceName}. Valid for ${days} days.`,
      certificate_pem: base64(issued.certificatePem),
      private_key_pem: issued.privateKeyPem && base64(issued.privateKeyPem),
      serial_number: issued.serialNumber,
      chain_pem: base64(desk.authority.intermediatePem + desk.authority.rootPem),
      not_before: iso(issued.notBefore),
      not_after: iso(issued.notAfter),
      key_type: issued.keyType,
      fingerprint: issued.fingerprint,
      token: issued.token,
    };
    return new Reply(answer, { headers: { 'cache-control': 'no-store' } });
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'BadRequest') return new Refusal('invalid_csr', message, { field: 'csr' });
    if (name === 'CompromisedKey') return new Refusal('compromised_key', message, { field: 'csr' });
    if (name === 'TooManyKeys') return new Refusal('overloaded', message);
    throw error;
  }
}

function refusedName({ rules }: SecurityDesk, { service_name: service, common_name: name }: IssueCertificate) {
  if (!rules.isDemo && !(certificateServices as readonly string[]).includes(service))
    return new Refusal('invalid_field', `service_name must be one of ${certificateServices.join(', ')}`, {
      field: 'service_name',
    });
  // Whose certificate bears the name that callers look for could stand in for the API.
  if (name === rules.serverName && service !== 'api')
    return new Refusal('invalid_field', `common_name ${name} is that of the service api alone`, {
      field: 'common_name',
    });
  if (name.endsWith(`.${rules.domain}`)) return null;
  return new Refusal('invalid_field', `common_name must be a name under ${rules.domain}`, { field: 'common_name' });
}

/** Only of the same service: nobody marks what is another's. */
async function refusedReplacement(desk: SecurityDesk, { service_name: service, replaces }: IssueCertificate) {
  if (replaces === undefined) return null;
  const entry = await desk.find(replaces);
  if (entry?.serviceName === service) return null;
  return new Refusal('unknown_certificate', `${service} has no certificate ${replaces}`, { field: 'replaces' });
}

export async function revokeCertificateOf(services: Services, request: RevokeCertificate, call: Call) {
  const { serial_number: serialNumber, reason } = request;
  const known = await services.security.find(serialNumber);
  const field = 'serial_number';
  if (!known) return new Refusal('unknown_certificate', `there is no certificate ${serialNumber}`, { field });
  if (known.revoked) return alreadyRevoked(known);
  const { entry, isFirst, token } = await services.security.revoke(serialNumber, reason, askerOf(call));
  if (!isFirst) return alreadyRevoked(entry);
  return {
    success: true,
    message: `Certificate ${serialNumber} of ${entry.serviceName} is revoked.`,
    serial_number: serialNumber,
    reason,
    revoked_at: iso(entry.revoked?.at ?? 0),
    token,
  };
}

const alreadyRevoked = ({ serialNumber, revoked }: CertificateEntry) =>
  new Refusal('already_revoked', `certificate ${serialNumber} is revoked since ${iso(revoked?.at ?? 0)}`, {
    field: 'serial_number',
    about: { revoked_at: iso(revoked?.at ?? 0), revocation_reason: revoked?.reason },
  });

export async function getCrlNow({ security }: Services) {
  const { der, number, thisUpdate, nextUpdate, revoked } = await security.crl();
  const crl_pem = base64(pemOf('X509 CRL', der));
  return { crl_pem, number, this_update: iso(thisUpdate), next_update: iso(nextUpdate), revoked };
}

/** The tag is the number: instances sign the same list with different bytes. */
export async function getCrlFile({ security, now }: Services) {
  const { der, number, nextUpdate } = await security.crl();
  const seconds = Math.max(0, Math.min(60, Math.floor((nextUpdate - now()) / 1_000)));
  return new Reply(der, { headers: { etag: `"crl-${number}"`, 'cache-control': `public, max-age=${seconds}` } });
}

export const getRootCrlFile = ({ security }: Services) => new Reply(security.authority.rootCrl);

export const getChainFile = ({ security }: Services) => security.authority.intermediatePem + security.authority.rootPem;

const inventory = { list: 'certificates', id: '' } as const;
type Place = { readonly before: number };
const isPlace = (value: Readonly<Record<string, unknown>>): value is Place => Number.isSafeInteger(value.before);

export function listCertificatesBy({ security, now }: Services, request: ListCertificates) {
  const place = request.cursor === undefined ? null : decodeCursor<Place>(inventory, request.cursor, isPlace);
  if (request.cursor !== undefined && !place) return wrongCursor();
  const { service_name, common_name, status, expires_before, limit } = request;
  const expiresBefore = expires_before === undefined ? undefined : Date.parse(expires_before);
  if (Number.isNaN(expiresBefore))
    return new Refusal('invalid_field', 'expires_before must be an ISO 8601 date and time', {
      field: 'expires_before',
    });
  const filter = {
    ...(service_name !== undefined && { serviceName: service_name }),
    ...(common_name !== undefined && { commonName: common_name }),
    ...(status !== undefined && { status }),
    ...(expiresBefore !== undefined && { expiresBefore }),
    ...(place && { beforeOffset: place.before }),
  };
  const found = security.page(filter, limit + 1);
  const page = found.slice(0, limit);
  const last = found.length > limit ? page.at(-1) : undefined;
  return {
    certificates: page.map((entry) => shown(entry, now())),
    next_cursor: last ? encodeCursor(inventory, { before: last.offset }) : null,
  };
}

const shown = (entry: CertificateEntry, now: number) => ({
  serial_number: entry.serialNumber,
  service_name: entry.serviceName,
  common_name: entry.commonName,
  key_type: entry.keyType,
  fingerprint: entry.fingerprint,
  status: statusOf(entry, now),
  not_before: iso(entry.notBefore),
  not_after: iso(entry.notAfter),
  issued_at: iso(entry.issuedAt),
  revoked_at: entry.revoked && iso(entry.revoked.at),
  reason: entry.revoked?.reason ?? null,
  replaced_by: entry.replacedBy,
});
