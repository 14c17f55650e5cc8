/**
 * The inner loops of the analysis, in WebAssembly on vectors of four floats (`kernels.wat`), and the memory they work on.
 * In JavaScript the whole analysis takes twice as long.
 */
import { base64ToBytes } from '../base64.ts';
import { KERNELS_WASM } from './kernels.wasm.ts';

/** What the global `WebAssembly` has of interest here; the language's own library does not declare it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

/** Addresses and lengths in bytes; `kernels.wat` says what each does. */
export type KernelFunctions = {
  groupPeaks(at: number, end: number, groups: number): number;
  peakOfFour(at: number, end: number, taps: number): number;
  peakOfTwo(at: number, end: number, taps: number): number;
  addSquares(left: number, right: number, length: number, state: number, taps: number): void;
  multiply(source: number, factors: number, target: number, length: number): void;
  halves(re: number, im: number, half: number, turns: number): void;
  fourths(re: number, im: number, length: number, quarter: number, turns: number): void;
  addPowers(re: number, im: number, length: number, power: number): void;
};

const PAGE_BYTES = 65_536;
const VECTOR_BYTES = 16;

let compiled: object | undefined;

/** The kernels on a memory of their own, out of which arrays are handed; they go together. */
export class Kernels {
  readonly run: KernelFunctions;
  readonly #buffer: ArrayBuffer;
  #taken = 0;

  /** `byteLength`: all that will be asked for, each array rounded up to whole vectors. */
  constructor(byteLength: number) {
    compiled ??= new WebAssembly.Module(base64ToBytes(KERNELS_WASM));
    const memory = new WebAssembly.Memory({ initial: Math.ceil(byteLength / PAGE_BYTES) });
    this.#buffer = memory.buffer;
    this.run = new WebAssembly.Instance(compiled, { analysis: { memory } }).exports as KernelFunctions;
  }

  /** Zeros, at `byteOffset` of the memory, which is a multiple of 16. */
  floats(length: number): Float32Array {
    return new Float32Array(this.#buffer, this.#take(4 * length), length);
  }

  doubles(length: number): Float64Array {
    return new Float64Array(this.#buffer, this.#take(8 * length), length);
  }

  #take(byteLength: number): number {
    const at = this.#taken;
    this.#taken += Math.ceil(byteLength / VECTOR_BYTES) * VECTOR_BYTES;
    return at;
  }
}
