import { installPlan, javaMajorOf, javaProblem, type Machine, missingPackages } from './packages.ts';

const DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n';
const CEPH = ['monmaptool', 'ceph', 'ceph-mon', 'ceph-osd', 'radosgw', 'radosgw-admin'];

function machine(programs: readonly string[], rest: Partial<Machine> = {}): Machine {
  const has = (program: string): boolean => programs.includes(program);
  return { has, javaMajor: 17, isRoot: true, osRelease: DEBIAN, ...rest };
}

describe('the packages that are missing', () => {
  test.each<[string, Machine, readonly string[]]>([
    ['nothing, when all is here', machine(CEPH), []],
    [
      'all, on a bare machine',
      machine([], { javaMajor: undefined }),
      ['ceph-base', 'ceph-common', 'ceph-mon', 'ceph-osd', 'default-jre-headless', 'radosgw'],
    ],
    [
      'one package once, though both of its programs are missing',
      machine(['monmaptool', 'ceph-mon', 'ceph-osd', 'radosgw']),
      ['ceph-common'],
    ],
    ['a Java that can run DynamoDB Local', machine(CEPH, { javaMajor: 11 }), ['default-jre-headless']],
    ['not a newer Java, where an older one is needed', machine(CEPH, { javaMajor: 25 }), []],
  ])('%s', (_, looked, packages) => {
    expect(missingPackages(looked)).toEqual(packages);
  });
});

describe('the version of Java', () => {
  test.each<[string, number | undefined]>([
    ['openjdk version "17.0.15" 2025-04-15\nOpenJDK Runtime Environment', 17],
    ['openjdk version "21" 2023-09-19', 21],
    ['openjdk version "1.8.0_292"', 8],
    ['The operation couldn’t be completed.', undefined],
  ])('%j is %s', (text, major) => {
    expect(javaMajorOf(text)).toBe(major);
  });

  test('is a problem from the one on that has no security manager', () => {
    expect(javaProblem(23)).toBeUndefined();
    expect(javaProblem(24)).toMatch(/java is version 24.*openjdk-21-jre-headless/);
  });
});

describe('the installation', () => {
  test('is done as root with apt-get alone', () => {
    const plan = installPlan(machine(['apt-get']), ['ceph-mon', 'radosgw']);
    expect(plan).toEqual({
      kind: 'install',
      commands: [
        ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', 'update'],
        'env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends ceph-mon radosgw'.split(' '),
      ],
    });
  });

  test('is done through sudo by others', () => {
    const plan = installPlan(machine(['apt-get', 'sudo'], { isRoot: false }), ['radosgw']);
    expect(plan.kind === 'install' && plan.commands.every(([program]) => program === 'sudo')).toBe(true);
  });

  test.each<[string, Machine, RegExp]>([
    ['there is no sudo', machine(['apt-get'], { isRoot: false }), /no sudo: run as root: apt-get install .*radosgw/],
    [
      'the system is another one',
      machine([], { osRelease: 'ID=fedora\nPRETTY_NAME="Fedora Linux 42"' }),
      /^Fedora Linux 42 is neither Debian nor Ubuntu, and it lacks Ceph/,
    ],
    ['the system does not say what it is', machine(['apt-get'], { osRelease: undefined }), /^this system is neither/],
  ])('is left to the owner when %s', (_, looked, reason) => {
    const plan = installPlan(looked, ['radosgw']);
    expect(plan).toEqual({ kind: 'impossible', reason: expect.stringMatching(reason) });
  });

  test.each(['ID=ubuntu', 'ID=linuxmint\nID_LIKE="ubuntu debian"', "ID='debian'"])('knows %j', (osRelease) => {
    expect(installPlan(machine(['apt-get'], { osRelease }), ['radosgw']).kind).toBe('install');
  });
});
