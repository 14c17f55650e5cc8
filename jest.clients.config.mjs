import base from './jest.config.mjs';

/** Tests that need real clients (ffmpeg, flac, sox, curl, Chromium) beside Node. */
export default { ...base, testMatch: ['**/*.clients.ts'], testTimeout: 180_000 };
