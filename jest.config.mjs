/** @param {'typescript' | 'ecmascript'} syntax */
const swc = (syntax) => ['@swc/jest', { jsc: { target: 'es2023', parser: { syntax } } }];

export default {
  testEnvironment: 'node',
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  transform: { '\\.ts$': swc('typescript'), '\\.js$': swc('ecmascript') },
  // The packages that are ES modules only, which Jest loads as CommonJS.
  transformIgnorePatterns: ['/node_modules/(?!(chokidar|readdirp)/)'],
  setupFiles: ['<rootDir>/test/support/property-seed.ts'],
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/test/support/plain-summary-reporter.mjs'],
};
