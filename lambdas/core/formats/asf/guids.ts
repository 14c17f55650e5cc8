/** The objects of ASF by the 16 bytes they begin with, in the order of the file (ASF specification 01.20.05, section 10). */
export const GUID = {
  header: '3026b2758e66cf11a6d900aa0062ce6c',
  data: '3626b2758e66cf11a6d900aa0062ce6c',
  simpleIndex: '90080033b1e5cf1189f400a0c90349cb',
  index: 'd329e2d6da35d111903400a0c90349be',
  fileProperties: 'a1dcab8c47a9cf118ee400c00c205365',
  streamProperties: '9107dcb7b7a9cf118ee600c00c205365',
  headerExtension: 'b503bf5f2ea9cf118ee300c00c205365',
  headerExtensionReserved: '11d2d3abbaa9cf118ee600c00c205365',
  extendedStreamProperties: 'cba5e61472c632438399a96952065b5a',
  contentEncryption: 'fbb3112223bdd211b4b700a0c955fc6e',
  extendedContentEncryption: '14e68a292226174cb935dae07ee9289c',
  advancedContentEncryption: '338505438169e6499b74ad12cb86d58c',
  audioMedia: '409e69f84d5bcf11a8fd00805f5c442b',
  audioSpread: '50cdc3bf8f61cf118bb200aa00b4e220',
} as const;

export const GUID_BYTES = 16;

/** The GUID at `bytes[offset]` as above; shorter, and so equal to none, where the bytes end. */
export function guidAt(bytes: Uint8Array, offset: number): string {
  let text = '';
  for (const byte of bytes.subarray(offset, offset + GUID_BYTES)) text += byte.toString(16).padStart(2, '0');
  return text;
}

export function guidBytes(guid: string): Uint8Array {
  return Uint8Array.from({ length: GUID_BYTES }, (_, i) => Number.parseInt(guid.slice(i * 2, i * 2 + 2), 16));
}
