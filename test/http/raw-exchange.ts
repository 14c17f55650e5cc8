import { connect } from 'node:net';

export type RawMessage = {
  readonly status: number;
  readonly statusLine: string;
  /** Lower-case names; of a field that came several times, all values. */
  readonly fields: ReadonlyMap<string, readonly string[]>;
  readonly body: Buffer;
};

const PATIENCE_MS = 10_000;
const SETTLE_MS = 300;

/**
 * Writes `request` to the server as it is and reads until the server closes. Where the request does not ask it to, until it
 * falls silent after it has answered. For what no client library lets out: malformed, repeated, pipelined.
 */
export function rawExchange(origin: string, request: string): Promise<Buffer> {
  const { hostname, port } = new URL(origin);
  const settleMs = /^Connection: close\r$/m.test(request) ? PATIENCE_MS : SETTLE_MS;
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => socket.write(request));
    const parts: Buffer[] = [];
    let quiet: NodeJS.Timeout | undefined;
    const patience = setTimeout(() => socket.destroy(new Error('the server never answered')), PATIENCE_MS);
    const done = () => {
      clearTimeout(patience);
      clearTimeout(quiet);
      resolve(Buffer.concat(parts));
      socket.destroy();
    };
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      clearTimeout(quiet);
      quiet = setTimeout(done, settleMs);
    });
    socket.on('end', done);
    socket.on('error', (error) => {
      // A server that refuses may reset the connection after its answer.
      if (parts.length > 0) return done();
      clearTimeout(patience);
      reject(error);
    });
  });
}

/** The messages in what was received, by their Content-Length (RFC 9112 section 6.3); `heads` have no body. */
export function messagesOf(received: Buffer, heads = false): RawMessage[] {
  const messages: RawMessage[] = [];
  for (let at = 0; at < received.length; ) {
    const end = received.indexOf('\r\n\r\n', at);
    if (end < 0) throw new Error(`no end of a header section: ${received.subarray(at, at + 80).toString('latin1')}`);
    const [statusLine = '', ...lines] = received.subarray(at, end).toString('latin1').split('\r\n');
    const fields = new Map<string, string[]>();
    for (const line of lines) {
      const name = line.slice(0, line.indexOf(':')).toLowerCase();
      fields.set(name, [...(fields.get(name) ?? []), line.slice(line.indexOf(':') + 1).trim()]);
    }
    const status = Number(statusLine.split(' ')[1]);
    const hasBody = !heads && status !== 204 && status !== 304;
    const length = hasBody ? Number(fields.get('content-length')?.[0] ?? received.length - end - 4) : 0;
    messages.push({ status, statusLine, fields, body: received.subarray(end + 4, end + 4 + length) });
    at = end + 4 + length;
  }
  return messages;
}
