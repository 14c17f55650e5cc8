import { makeClients, makeS3Client } from '../../../lambdas/adapters/aws/clients.ts';

describe('the clients of AWS', () => {
  it('are of the region they are asked for, and try a few times', async () => {
    for (const client of Object.values(makeClients('eu-west-3'))) {
      await expect(client.config.region()).resolves.toBe('eu-west-3');
      await expect(client.config.maxAttempts()).resolves.toBe(4);
      client.destroy();
    }
  });

  it('have S3 compute and check no sums of their own accord', async () => {
    const { config } = makeS3Client();
    await expect(config.requestChecksumCalculation()).resolves.toBe('WHEN_REQUIRED');
    await expect(config.responseChecksumValidation()).resolves.toBe('WHEN_REQUIRED');
  });
});
