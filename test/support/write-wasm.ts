/** `npm run wasm`: assembles the WebAssembly texts of the core into the modules that carry them. */
import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { bytesToBase64 } from '../../lambdas/core/base64.ts';
import { assemble } from './wasm-source.ts';

const LINE = 110;
const core = join(import.meta.dirname, '../../lambdas/core');

for (const path of ['formats/flac/crc-fold', 'dsp/kernels']) {
  const name = basename(path);
  const constant = `${name.toUpperCase().replace('-', '_')}_WASM`;
  const lines = bytesToBase64(await assemble(join(core, `${path}.wat`))).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
  const text = lines.map((line) => `  '${line}'`).join(' +\n');
  await writeFile(
    join(core, `${path}.wasm.ts`),
    `/** \`${name}.wat\`, assembled: \`npm run wasm\` writes this file. */\nexport const ${constant} =\n${text};\n`,
  );
}
