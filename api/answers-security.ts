// The shapes of answers about certificates.
import { certificateStatuses } from '../schemas/security.ts';
import { flag, listOf, shape, text, textOrNull, time, timeOrNull, whole } from './answers.ts';

const pem = (what: string) => ({ ...text, description: `base64 of the PEM of ${what}` });
const serial = { ...text, description: 'hexadecimal' };

export const issued = shape({
  success: flag,
  message: text,
  certificate_pem: pem('the certificate'),
  private_key_pem: { ...textOrNull, description: 'base64 of the PEM; null where a csr was given; kept nowhere else' },
  serial_number: serial,
  chain_pem: pem('the intermediate and the root'),
  not_before: time,
  not_after: time,
  key_type: text,
  fingerprint: { ...text, description: 'SHA-256 of the certificate, hexadecimal' },
  token: text,
});

export const revoked = shape({
  success: flag,
  message: text,
  serial_number: serial,
  reason: text,
  revoked_at: time,
  token: text,
});

export const crl = shape({
  crl_pem: pem('the list'),
  number: { ...whole, description: 'grows with every list' },
  this_update: time,
  next_update: time,
  revoked: { ...whole, description: 'certificates on it' },
});

const certificate = shape({
  serial_number: serial,
  service_name: text,
  common_name: text,
  key_type: text,
  fingerprint: text,
  status: { type: 'string', enum: certificateStatuses },
  not_before: time,
  not_after: time,
  issued_at: time,
  revoked_at: timeOrNull,
  reason: { ...textOrNull, description: 'of the revocation' },
  replaced_by: { ...textOrNull, description: 'the certificate that its holder has had made in its place' },
});

export const certificatesPage = shape({ certificates: listOf(certificate), next_cursor: textOrNull });
