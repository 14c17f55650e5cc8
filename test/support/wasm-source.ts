import { readFile } from 'node:fs/promises';
import wabt from 'wabt';

/** The bytes that the WebAssembly text of a file stands for. */
export async function assemble(file: string): Promise<Uint8Array> {
  const { parseWat } = await wabt();
  const module = parseWat(file, await readFile(file, 'utf8'), { simd: true });
  try {
    return new Uint8Array(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}
