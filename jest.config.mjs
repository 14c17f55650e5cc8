/** @param {'typescript' | 'ecmascript'} syntax */
const swc = (syntax, minify = {}) => ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax }, minify } }];

const ES_MODULES = [
  'chokidar',
  'readdirp',
  'node-av',
  'music-metadata',
  'file-type',
  'strtok3',
  'token-types',
  'media-typer',
  'win-guid',
  'uint8array-extras',
  '@borewit/text-codec',
  '@tokenizer/inflate',
];

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '\\.ts$': swc('typescript'),
    // It has a variable `__dirname`, which no CommonJS module can have: its names are shortened.
    '/node_modules/node-av/.*\\.js$': swc('ecmascript', { mangle: { toplevel: true } }),
    '\\.js$': swc('ecmascript'),
  },
  // The packages that are ES modules only, which Jest loads as CommonJS.
  transformIgnorePatterns: [`/node_modules/(?!(${ES_MODULES.join('|')})/)`],
  // These two offer themselves to `import` only, and Jest resolves as `require` does.
  moduleNameMapper: {
    '^music-metadata$': '<rootDir>/node_modules/music-metadata/lib/core.js',
    '^file-type$': '<rootDir>/node_modules/file-type/core.js',
  },
  setupFiles: ['<rootDir>/test/support/property-seed.ts'],
  // Looked up in a sandbox, each `Math.sin` costs a microsecond, and the demo track is made of millions.
  sandboxInjectedGlobals: ['Math'],
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/test/support/plain-summary-reporter.mjs'],
};
