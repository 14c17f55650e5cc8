import { createServer } from 'node:net';
import { checkPortIsFree } from './port.ts';

describe('a port', () => {
  test('that is taken is told of with the option that changes it; afterwards it is free', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    await expect(checkPortIsFree(address.port, 'S3', '--s3-port')).rejects.toThrow(
      `port ${address.port} of 127.0.0.1, meant for S3, is not free (another process listens there): name another with`,
    );
    await new Promise((resolve) => server.close(resolve));
    await expect(checkPortIsFree(address.port, 'S3', '--s3-port')).resolves.toBeUndefined();
  });
});
