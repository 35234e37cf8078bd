// The parts of the API that certificates need: the authority, the inventory, the desk; with mutual TLS this process's own certificate.
import type { Kafka } from 'kafkajs';
import { Authority } from '../infra/authority/authority.ts';
import type { Registry } from '../infra/avro.ts';
import type { Config } from '../infra/config.ts';
import type { Log } from '../infra/log.ts';
import { type Identity, KeptCertificate } from '../infra/mtls/kept-certificate.ts';
import type { Publisher } from '../producers/publish.ts';
import { Certificates } from '../projections/certificates.ts';
import { MtlsDoors } from './grpc/mtls-doors.ts';
import type { Provide } from './ports.ts';
import { SecurityDesk } from './security-desk.ts';

export type SecurityPartsNeeds = {
  readonly config: Config;
  readonly log: Log;
  readonly kafka: Kafka;
  readonly registry: Registry;
  readonly publisher: Publisher;
  readonly provide: Provide;
  readonly isConnected: () => boolean;
  readonly onFatal: (why: string) => void;
};

const now = Date.now;
/** An authority that ends within this time is to be replaced: certificates get shorter than they should be. */
const warnBeforeMs = 120 * 86_400_000;

export class SecurityParts {
  readonly #needs: SecurityPartsNeeds;
  readonly #certificates: Certificates;
  /** Null where gRPC ports ask for no certificates. */
  readonly doors: MtlsDoors | null;
  #authority: Authority | null = null;
  #own: KeptCertificate | null = null;

  constructor(needs: SecurityPartsNeeds) {
    const { config, log, kafka, registry, onFatal } = needs;
    this.#needs = needs;
    this.#certificates = new Certificates({ kafka, registry, namespace: config.namespace, log, now, onFatal });
    this.doors = config.security.mtls ? new MtlsDoors({ inventory: this.#certificates, log, now }) : null;
    this.#certificates.onRevoked((serialNumber) => this.doors?.cut(serialNumber));
  }

  /** Once the publisher is connected. @throws if Kafka is away; it may be called again */
  async start(): Promise<void> {
    const { config, log, publisher, provide, isConnected } = this.#needs;
    const { folder, lifeMs, crlUrl, crlMs, domain, serverName, isDemo, keysReadyMax } = config.security;
    if (folder === null) {
      log.warn('CA_FOLDER is not given: there is no certificate authority');
      return;
    }
    this.#authority ??= await Authority.open({ folder, lifeMs, crlUrl, now, keysReadyMax });
    if (this.#authority.endsAt - now() < warnBeforeMs) log.warn('the intermediate certificate ends soon');
    await this.#certificates.start();
    const desk = new SecurityDesk({
      ...{ authority: this.#authority, certificates: this.#certificates, domain, serverName, isDemo, crlMs, now },
      publisher: () => (isConnected() ? publisher : null),
    });
    if (this.doors) await this.#keepOwn(desk, this.doors);
    provide('security', desk);
  }

  async stop(): Promise<void> {
    this.#own?.stop();
    this.#authority?.stop();
    await this.#certificates.stop();
  }

  async #keepOwn(desk: SecurityDesk, doors: MtlsDoors): Promise<void> {
    const { config, log } = this.#needs;
    const wanted = { serviceName: 'api', commonName: config.security.serverName, keyType: 'ECDSA_P256' } as const;
    const obtain = async (replaces?: string): Promise<Identity> => {
      const issued = await desk.issue(wanted, { actorId: 'api', requestId: `own-${now()}` }, replaces);
      const { serialNumber, notAfter, certificatePem, privateKeyPem } = issued;
      const { intermediatePem, rootPem } = desk.authority;
      return {
        key: privateKeyPem as string,
        cert: certificatePem + intermediatePem,
        ca: rootPem,
        serialNumber,
        notAfter,
      };
    };
    this.#own?.stop();
    this.#own = new KeptCertificate({ obtain, onNew: (identity) => doors.setIdentity(identity), log, now });
    await this.#own.start();
  }
}
