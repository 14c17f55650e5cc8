import type { RawAnswer } from '../support/http-client.ts';

const CRLF = Buffer.from('\r\n');

export type ReceivedPart = { readonly contentType: string; readonly contentRange: string; readonly body: Buffer };

/**
 * The parts of a multipart/byteranges body, read as RFC 2046 section 5.1.1 has them, each by its Content-Range. RFC 9110
 * section 14.6: the boundary may be quoted, and "additional CRLFs might precede the first boundary string".
 */
export function multipartOf({ headers, body }: RawAnswer): ReceivedPart[] {
  const type = String(headers['content-type']);
  const [, quoted, token] = /^multipart\/byteranges; boundary=(?:"([^"]+)"|([^\s"]+))$/.exec(type) ?? [];
  const boundary = quoted ?? token;
  if (boundary === undefined) throw new Error(`no multipart/byteranges: ${headers['content-type']}`);
  const bytes = Buffer.from(body);
  const parts: ReceivedPart[] = [];
  let at = 0;
  while (bytes.subarray(at, at + 2).equals(CRLF)) at += CRLF.length;
  for (;;) {
    const delimiter = `${parts.length === 0 ? '' : '\r\n'}--${boundary}`;
    if (!bytes.subarray(at, at + delimiter.length).equals(Buffer.from(delimiter))) {
      throw new Error(`no delimiter at byte ${at} of the body`);
    }
    at += delimiter.length;
    if (bytes.subarray(at).toString('latin1') === '--\r\n') return parts;
    const end = bytes.indexOf('\r\n\r\n', at);
    const head = bytes.subarray(at, end).toString('latin1');
    const contentRange = /^Content-Range: (.*)$/im.exec(head)?.[1] ?? '';
    const [, first, last] = /^bytes (\d+)-(\d+)\/\d+$/.exec(contentRange) ?? [];
    const length = Number(last) - Number(first) + 1;
    const contentType = /^Content-Type: (.*)$/im.exec(head)?.[1] ?? '';
    parts.push({ contentType, contentRange, body: bytes.subarray(end + 4, end + 4 + length) });
    at = end + 4 + length;
  }
}
