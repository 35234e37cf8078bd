// A door in front of Redis, named by an address of the form redis://host:port.
import { TcpDoor } from './tcp-door.ts';

export class RedisDoor extends TcpDoor {
  static async to(url: string): Promise<RedisDoor> {
    const { hostname, port } = new URL(url);
    const door = new RedisDoor({ host: hostname, port: Number(port || 6379) });
    await door.open();
    return door;
  }

  get url(): string {
    return `redis://${this.address.host}:${this.address.port}`;
  }
}
