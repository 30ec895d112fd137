/* One WebSocket to the relay, proto/PROTOCOL.md §1. When to connect again is the machine's
 * business. */
import type { Bytes } from "../core/bytes.ts";

const SUBPROTOCOL = "kring.v1";

interface TransportEvents {
  connected(): void;
  message(data: string | Bytes): void;
  /** Once for each connect, also if it never was open; code 0: none came. */
  disconnected(code: number): void;
}

export class Transport {
  private socket: WebSocket | undefined;

  constructor(private readonly events: TransportEvents) {}

  connect(url: string): void {
    this.disconnect();
    let socket: WebSocket;
    try {
      socket = new WebSocket(url, SUBPROTOCOL);
    } catch {
      this.events.disconnected(0); // no URL of a WebSocket
      return;
    }
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.events.connected();
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      this.events.message(typeof data === "string" ? data : new Uint8Array(data));
    socket.onclose = ({ code }) => {
      this.socket = undefined;
      this.events.disconnected(code === 1005 || code === 1006 ? 0 : code);
    };
    this.socket = socket;
  }

  send(data: string | Bytes): void {
    if (this.socket?.readyState === WebSocket.OPEN) {
      this.socket.send(data);
    }
  }

  /** No event comes of it. */
  disconnect(): void {
    if (this.socket !== undefined) {
      this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
      this.socket.close(1000);
      this.socket = undefined;
    }
  }
}
