/**
 * Answers to what never becomes a request of the API. They say no more than their status does, as RFC 9457 section 4.2.1 has
 * it for the type `about:blank`.
 */
import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Answer, lengthOf } from '../lambdas/api/http-answer.ts';

/** RFC 9112 section 3: a server takes at least 8,000 octets. What is longer than all of a head may be tells itself apart by this. */
const MAX_REQUEST_LINE_BYTES = 8000;

/** Longer than it takes to tell the end of the request line. */
const MAX_LOOK_BYTES = MAX_REQUEST_LINE_BYTES + 1;

export function refusal(status: number, detail: string, headers: Readonly<Record<string, string>> = {}): Answer {
  const title = STATUS_CODES[status] ?? 'Error';
  const bytes = new TextEncoder().encode(JSON.stringify({ type: 'about:blank', title, status, detail, error: detail }));
  return {
    status,
    headers: {
      ...headers,
      'Content-Type': 'application/problem+json',
      'Content-Length': String(bytes.length),
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
    },
    body: { pieces: [bytes] },
  };
}

/** RFC 9112 section 3.2: a request with more than one Host field is refused. Node keeps the first and forgets the others. */
export function hasSeveralHosts({ rawHeaders }: IncomingMessage): boolean {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length === 4 && name.toLowerCase() === 'host') count++;
  }
  return count > 1;
}

type ClientError = Error & { readonly code?: string; readonly rawPacket?: Uint8Array };

/** What a client is told whose bytes are no request that Node's parser takes; `undefined`: the connection failed. */
export function refusalOf({ code = '', rawPacket }: ClientError): Answer | undefined {
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return refusal(408, 'the request did not come to its end in time; send it again');
  }
  if (!code.startsWith('HPE_')) return undefined;
  if (code === 'HPE_HEADER_OVERFLOW') {
    return isRequestLineLong(rawPacket)
      ? refusal(414, `the request line is longer than ${MAX_REQUEST_LINE_BYTES} bytes; send a shorter address`)
      : refusal(431, 'the header fields are too long; send fewer or shorter ones');
  }
  return code === 'HPE_INVALID_METHOD' && isRequestLine(rawPacket)
    ? refusal(501, 'the method is none that is known here; use GET or HEAD')
    : refusal(400, 'the request is not well-formed HTTP/1.1; see RFC 9112');
}

/** RFC 9112 section 3: method, target and version. A method that nobody knows is one all the same. */
function isRequestLine(packet: Uint8Array = new Uint8Array(0)): boolean {
  const line = new TextDecoder('latin1').decode(packet.subarray(0, MAX_LOOK_BYTES));
  return /^[\w!#$%&'*+.^`|~-]+ \S+ HTTP\/1\.\d\r?\n/.test(line);
}

function isRequestLineLong(packet: Uint8Array | undefined): boolean {
  if (packet === undefined) return false;
  const end = packet.subarray(0, MAX_LOOK_BYTES).indexOf(0x0a);
  return end < 0 && packet.length >= MAX_REQUEST_LINE_BYTES;
}

/** Writes the answer on a connection that has no request, and ends it: what else came on it cannot be told from this. */
export function sendRefusal(socket: Duplex, { status, headers, body }: Answer): void {
  const fields = Object.entries({ ...headers, Connection: 'close' }).map(([name, value]) => `${name}: ${value}\r\n`);
  // Node no longer listens on a connection that it has given away.
  socket.on('error', () => socket.destroy());
  socket.write(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${fields.join('')}\r\n`);
  for (const piece of body && 'pieces' in body ? body.pieces : []) socket.write(piece);
  socket.end(() => socket.destroy());
}

export function refusedBytes({ body }: Answer): number {
  return body && 'pieces' in body ? lengthOf(body.pieces) : 0;
}

/** RFC 3986 section 3.2: a name or address, and a port; or nothing, which RFC 9112 section 3.2 allows. */
const HOST = /^(?:[\w.~%!$&'()*+,;=-]+|\[[\da-f:.]+\])?(?::\d{0,5})?$/i;

export function isHost(text: string): boolean {
  return HOST.test(text);
}
