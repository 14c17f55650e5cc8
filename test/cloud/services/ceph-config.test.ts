import fc from 'fast-check';
import { cephConfig, cephKeyring, cephxKey } from './ceph-config.ts';
import { loopbackPolicy } from './loopback-policy.ts';
import { servicePaths, serviceSettings } from './settings.ts';

const settings = serviceSettings({
  folder: '/somewhere/my services',
  's3-port': '20001',
  'monitor-port': '20002',
  'osd-port': '20100',
});
const text = cephConfig(settings, servicePaths(settings.folder), 'a-cluster');

/** Sections by name, in each the value of each key. */
function parsed(ini: string): Record<string, Record<string, string>> {
  const sections: Record<string, Record<string, string>> = {};
  let current: Record<string, string> = {};
  for (const line of ini.split('\n').map((each) => each.trim())) {
    const name = /^\[(.+)\]$/.exec(line)?.[1];
    const [, key, value] = /^([^=]+?)\s*=\s*(.*)$/.exec(line) ?? [];
    if (name !== undefined) {
      current = {};
      sections[name] = current;
    } else if (key !== undefined && value !== undefined) current[key] = value;
  }
  return sections;
}

describe('ceph.conf', () => {
  const { global, mon, osd, 'client.rgw': gateway } = parsed(text);

  test('names every address by 127.0.0.1 and the ports that were asked for', () => {
    expect(global).toMatchObject({
      fsid: 'a-cluster',
      'mon host': 'v2:127.0.0.1:20002',
      'public addr': '127.0.0.1',
      'cluster addr': '127.0.0.1',
      'ms bind port min': '20100',
      'ms bind port max': '20139',
    });
    expect(gateway?.['rgw frontends']).toBe('beast endpoint=127.0.0.1:20001 tcp_nodelay=1');
    const addresses = text.match(/\d+\.\d+\.\d+\.\d+/g) ?? [];
    expect(new Set(addresses)).toEqual(new Set(['127.0.0.1']));
  });

  test('keeps every file in the folder', () => {
    const values = [global, mon, osd, gateway].flatMap((section) => Object.values(section ?? {}));
    const files = values.filter((value) => value.startsWith('/') && value !== '/dev/null');
    expect(files.length).toBeGreaterThan(4);
    for (const file of files) expect(file).toMatch(/^\/somewhere\/my services\//);
  });

  test('asks for keys from everyone', () => {
    for (const who of ['cluster', 'service', 'client']) expect(global?.[`auth ${who} required`]).toBe('cephx');
  });
});

describe('the keyring', () => {
  test('gives each daemon its key, and the gateway no more than it needs', () => {
    const keyring = parsed(cephKeyring({ monitor: 'k1', admin: 'k2', osd: 'k3', rgw: 'k4' }));
    const keys = Object.entries(keyring).map(([name, { key }]) => [name, key]);
    expect(keys).toEqual([
      ['mon.', 'k1'],
      ['client.admin', 'k2'],
      ['osd.0', 'k3'],
      ['client.rgw', 'k4'],
    ]);
    expect(keyring['client.rgw']).toMatchObject({ 'caps mon': '"allow rw"', 'caps osd': '"allow rwx"' });
  });
});

describe('a cephx key', () => {
  test('is type, time, length and secret, little endian', () => {
    const secret = Uint8Array.from({ length: 16 }, (_, index) => index);
    expect(Buffer.from(cephxKey(secret, 0x0403_0201), 'base64').toString('hex')).toBe(
      '010001020304000000001000000102030405060708090a0b0c0d0e0f',
    );
  });

  test('gives the secret back, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.integer({ min: 0, max: 0xffff_ffff }),
        (secret, seconds) => {
          const key = Buffer.from(cephxKey(secret, seconds), 'base64');
          expect(key.readUInt32LE(2)).toBe(seconds);
          expect(Uint8Array.from(key.subarray(12))).toEqual(secret);
        },
      ),
    );
  });

  test.each([15, 17])('of %i bytes is refused', (length) => {
    expect(() => cephxKey(new Uint8Array(length), 1)).toThrow(/has 16 bytes/);
  });
});

describe("Java's policy", () => {
  const sockets = loopbackPolicy(20_003)
    .split('\n')
    .filter((line) => line.includes('SocketPermission'));

  test('lets the loopback interface in and nobody else', () => {
    const accepting = sockets.filter((line) => /accept|connect/.test(line));
    expect(accepting).toEqual(['  permission java.net.SocketPermission "127.0.0.1:*", "accept,connect,resolve";']);
  });

  test('lets the server listen on its port only', () => {
    const listening = sockets.filter((line) => line.includes('listen'));
    expect(listening).toEqual(['  permission java.net.SocketPermission "*:20003", "listen";']);
  });

  test('grants nothing that would include it all', () => {
    expect(loopbackPolicy(20_003)).not.toContain('AllPermission');
  });
});
