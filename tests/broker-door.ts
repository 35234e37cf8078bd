// A door in front of the broker; it names itself in the broker's answers, so that clients stay with it.
import { type Address, TcpDoor } from './tcp-door.ts';

/** What is read as an address in an answer: a string with its length, and a port of four bytes. */
function bytesOf({ host, port }: Address): Buffer {
  const bytes = Buffer.alloc(2 + host.length + 4);
  bytes.writeInt16BE(host.length, 0);
  bytes.write(host, 2);
  bytes.writeInt32BE(port, 2 + host.length);
  return bytes;
}

export class BrokerDoor extends TcpDoor {
  readonly #broker: Address;

  private constructor(broker: Address) {
    super(broker);
    this.#broker = broker;
  }

  static async to(address: string): Promise<BrokerDoor> {
    const [host = '', port = ''] = address.split(':');
    const door = new BrokerDoor({ host, port: Number(port) });
    await door.open();
    return door;
  }

  get broker(): string {
    return `${this.address.host}:${this.address.port}`;
  }

  protected override told(answer: Buffer): Buffer {
    const place = answer.indexOf(bytesOf(this.#broker));
    if (place >= 0) bytesOf(this.address).copy(answer, place);
    return answer;
  }
}
