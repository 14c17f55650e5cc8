/** `npm run wasm`: assembles the WebAssembly texts of the core into the modules that carry them. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bytesToBase64 } from '../../lambdas/core/base64.ts';
import { assemble } from './wasm-source.ts';

const LINE = 110;
const folder = join(import.meta.dirname, '../../lambdas/core/formats/flac');
const lines = bytesToBase64(await assemble(join(folder, 'crc-fold.wat'))).match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
const text = lines.map((line) => `  '${line}'`).join(' +\n');
await writeFile(
  join(folder, 'crc-fold.wasm.ts'),
  `/** \`crc-fold.wat\`, assembled: \`npm run wasm\` writes this file. */\nexport const CRC_FOLD_WASM =\n${text};\n`,
);
