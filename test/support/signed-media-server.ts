import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LinkVerifier } from '../../lambdas/adapters/embedded/hmac-signer.ts';
import type { ByteRange, ObjectStore } from '../../lambdas/core/ports.ts';

export type SignedMediaServer = { readonly baseUrl: string; close(): Promise<void> };

function parseRange(header: string | undefined, byteLength: number): ByteRange | undefined {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === undefined) return undefined;
  const endByte = last === undefined || last === '' ? byteLength : Math.min(byteLength, Number(last) + 1);
  return { startByte: Number(first), endByte };
}

/**
 * Serves the objects of a store below `/media` to those who have a signed link: the least that a signer can be tried on.
 * The verifier is made once the port is known, since the signer needs it.
 */
export async function startSignedMediaServer(
  store: ObjectStore,
  makeVerifier: (baseUrl: string) => LinkVerifier,
): Promise<SignedMediaServer> {
  const server = createServer((request, response) => {
    const answer = async () => {
      const verdict = verifier.verify(new URL(request.url ?? '/', baseUrl), request.headers.range);
      if (!verdict.valid) return response.writeHead(403).end(verdict.code);
      const info = await store.head(verdict.key);
      if (info === undefined) return response.writeHead(404).end();
      const range = parseRange(request.headers.range, info.byteLength);
      const read = await store.get(verdict.key, range === undefined ? {} : { range });
      if (range === undefined) response.writeHead(200, { 'content-length': info.byteLength });
      else {
        const contentRange = `bytes ${range.startByte}-${range.endByte - 1}/${info.byteLength}`;
        response.writeHead(206, { 'content-range': contentRange });
      }
      for await (const part of read?.body ?? []) response.write(part);
      return response.end();
    };
    answer().catch(() => response.destroy());
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/media`;
  const verifier = makeVerifier(baseUrl);
  return {
    baseUrl,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}
