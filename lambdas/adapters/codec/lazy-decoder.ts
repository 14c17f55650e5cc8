import { CuepointError } from '../../core/errors.ts';
import type { Decoder, DecoderConfig, FrameDecoder } from '../../core/ports.ts';

/** A decoder that is loaded when it is first needed: most files need none, and native code takes time and memory to load. */
export class LazyDecoder implements Decoder {
  readonly #load: () => Promise<Decoder | undefined>;
  #loading: Promise<Decoder | undefined> | undefined;

  constructor(load: () => Promise<Decoder | undefined>) {
    this.#load = load;
  }

  /** As `Decoder.open`; `decoder_missing` where `load` found none. */
  async open(config: DecoderConfig): Promise<FrameDecoder> {
    this.#loading ??= this.#load();
    const decoder = await this.#loading;
    if (decoder !== undefined) return decoder.open(config);
    throw new CuepointError(
      'decoder_missing',
      `the file holds ${config.codec} audio, whose length only a native decoder tells, and none is installed here: ` +
        'install the optional package node-av, then run "cuepoint reconcile --retry-failed"',
    );
  }
}
