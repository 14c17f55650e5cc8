import base from './jest.config.mjs';

/** Tests on real engines of S3 and DynamoDB: `npm run services -- up` starts them. */
export default {
  ...base,
  testMatch: ['**/*.aws.ts'],
  setupFiles: [...base.setupFiles, '<rootDir>/test/support/errors-of-all-realms.ts'],
  testTimeout: 180_000,
};
