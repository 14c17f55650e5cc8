import { CuepointError } from '../../lambdas/core/errors.ts';
import type { ObjectCopier, ObjectStore } from '../../lambdas/core/ports.ts';

/** Copies between any two stores, through here; `copies` are the keys that were made. */
export class StoreCopier implements ObjectCopier {
  readonly copies: string[] = [];
  readonly #sources: ObjectStore;
  readonly #media: ObjectStore;

  constructor({ sources, media }: { readonly sources: ObjectStore; readonly media: ObjectStore }) {
    this.#sources = sources;
    this.#media = media;
  }

  async copy({ from, to }: Parameters<ObjectCopier['copy']>[0]): Promise<void> {
    const object = await this.#sources.get(from.key, { version: from.version });
    if (object === undefined) throw new CuepointError('source_missing', `there is no "${from.key}"`);
    await this.#media.put(to.key, { byteLength: object.info.byteLength, parts: object.body }, to.attributes);
    this.copies.push(to.key);
  }
}
