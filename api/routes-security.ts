// The routes of the zero-trust security service: certificates are an operator's matter, lists and chain are public.
import { csrCharactersMax } from '../infra/authority/requests.ts';
import { certificateStatuses, keyTypes, revocationReasonNames, serviceNamePattern } from '../schemas/security.ts';
import { anyone, onlyRoles } from './access.ts';
import * as answers from './answers-security.ts';
import { field, objectOf, oneOf } from './fields.ts';
import { type Route, route } from './route.ts';
import {
  getChainFile,
  getCrlFile,
  getCrlNow,
  getRootCrlFile,
  type IssueCertificate,
  issueCertificateFor,
  type ListCertificates,
  listCertificatesBy,
  type RevokeCertificate,
  revokeCertificateOf,
} from './services/security.ts';

const slug = 'security';
const serviceName = {
  ...{ type: 'string', pattern: serviceNamePattern },
  description: 'a name of a service, as in feed-service: at most 63 of a-z 0-9 -',
};
/** No longer than a common name may be (RFC 5280: 64). */
const commonName = {
  ...{
    type: 'string',
    maxLength: 64,
    pattern: '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$',
  },
  description: 'a DNS name in lower case, at most 64 characters, as in feed.profithack.internal',
};
const serialNumber = {
  ...{ type: 'string', pattern: '^[0-9a-f]{2,40}$' },
  description: 'the serial number of a certificate: hexadecimal, in lower case',
};
const csr = {
  ...{ type: 'string', minLength: 1, maxLength: csrCharactersMax },
  description: `a PKCS #10 request in PEM, or the base64 of it, of at most ${csrCharactersMax} characters`,
};

const issueCertificate = route<IssueCertificate>({
  method: 'post',
  path: '/api/grpc/security/issue-cert',
  slug,
  access: onlyRoles('operator'),
  budget: 'certificates',
  summary:
    'A certificate for a service: for the key of a request, or with a key made for the caller (RSA_2048 unless told)',
  body: objectOf(
    { service_name: serviceName, common_name: commonName, csr, key_type: oneOf(keyTypes), replaces: serialNumber },
    ['service_name', 'common_name'],
  ),
  answer: answers.issued,
  run: issueCertificateFor,
});

const revokeCertificate = route<RevokeCertificate>({
  method: 'post',
  path: '/api/grpc/security/revoke-cert',
  slug,
  access: onlyRoles('operator'),
  budget: 'certificates',
  summary: 'Revokes a certificate for good: its connections are closed, the list is made anew',
  body: objectOf({ serial_number: serialNumber, reason: { ...oneOf(revocationReasonNames), default: 'unspecified' } }, [
    'serial_number',
  ]),
  answer: answers.revoked,
  run: revokeCertificateOf,
});

const getCrl = route<object>({
  method: 'get',
  path: '/api/grpc/security/crl',
  slug,
  access: anyone,
  summary: 'The list of revoked certificates, signed by the intermediate',
  answer: answers.crl,
  run: getCrlNow,
});

const listCertificates = route<ListCertificates>({
  method: 'get',
  path: '/api/grpc/security/certificates',
  slug,
  access: onlyRoles('operator'),
  summary: 'The inventory, newest first: by service, common name, status, end',
  query: objectOf({
    service_name: serviceName,
    common_name: commonName,
    status: oneOf(certificateStatuses),
    expires_before: { type: 'string', maxLength: 40, description: 'an ISO 8601 date and time' },
    limit: field.limit,
    cursor: field.cursor,
  }),
  answer: answers.certificatesPage,
  run: listCertificatesBy,
});

const file = (path: string, summary: string, produces: string, run: Route['run']): Route => ({
  ...{ method: 'get', path, slug, access: anyone, summary, produces, run },
  answer: { type: 'string' },
});

export const securityRoutes: readonly Route[] = [
  issueCertificate,
  revokeCertificate,
  getCrl,
  listCertificates,
  file('/api/security/intermediate.crl', 'The list of revoked certificates (DER)', 'application/pkix-crl', getCrlFile),
  file('/api/security/root.crl', 'The list of revoked intermediates (DER)', 'application/pkix-crl', getRootCrlFile),
  file(
    '/api/security/chain.pem',
    'The intermediate and the root (PEM)',
    'application/pem-certificate-chain',
    getChainFile,
  ),
];
