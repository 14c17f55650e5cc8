/** Which package of Debian brings which program that `services up` runs. */
const PROGRAM_PACKAGES: Readonly<Record<string, string>> = {
  monmaptool: 'ceph-base',
  ceph: 'ceph-common',
  'ceph-mon': 'ceph-mon',
  'ceph-osd': 'ceph-osd',
  radosgw: 'radosgw',
  'radosgw-admin': 'ceph-common',
};
const JAVA_PACKAGE = 'default-jre-headless';

/** DynamoDB Local 3 is compiled for 17; the security manager that keeps it on 127.0.0.1 is gone from 24 on (JEP 486). */
const FIRST_JAVA = 17;
const LAST_JAVA = 23;

export type Machine = {
  /** Whether a program of this name can be run. */
  readonly has: (program: string) => boolean;
  /** Of the `java` on the search path; undefined when there is none. */
  readonly javaMajor: number | undefined;
  readonly isRoot: boolean;
  /** The text of /etc/os-release; undefined when the system has none. */
  readonly osRelease: string | undefined;
};

/** The packages to install, each once, in the order of the alphabet. */
export function missingPackages({ has, javaMajor }: Pick<Machine, 'has' | 'javaMajor'>): readonly string[] {
  const missing = Object.entries(PROGRAM_PACKAGES).flatMap(([program, name]) => (has(program) ? [] : [name]));
  if (javaMajor === undefined || javaMajor < FIRST_JAVA) missing.push(JAVA_PACKAGE);
  return [...new Set(missing)].sort();
}

/** What no package mends: a Java that is too new. */
export function javaProblem(javaMajor: number | undefined): string | undefined {
  if (javaMajor === undefined || javaMajor <= LAST_JAVA) return undefined;
  return (
    `java is version ${javaMajor}, and DynamoDB Local is held on 127.0.0.1 by a security manager, which Java has up ` +
    `to ${LAST_JAVA}: install openjdk-21-jre-headless and choose it by update-alternatives --config java`
  );
}

/** The major version in what `java -version` prints; undefined when it prints none. */
export function javaMajorOf(text: string): number | undefined {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(text) ?? [];
  const major = first === '1' ? second : first;
  return major === undefined ? undefined : Number(major);
}

export type InstallPlan =
  | { readonly kind: 'install'; readonly commands: readonly (readonly string[])[] }
  | { readonly kind: 'impossible'; readonly reason: string };

/** The commands that install these packages on this machine, or why nobody can but its owner. */
export function installPlan(machine: Machine, packages: readonly string[]): InstallPlan {
  const lacking = `these packages are missing: ${packages.join(' ')}`;
  if (!isDebian(machine.osRelease) || !machine.has('apt-get')) {
    const name = osReleaseField(machine.osRelease, 'PRETTY_NAME') ?? 'this system';
    const lacked = `it lacks Ceph (ceph-mon, ceph-osd, radosgw, ceph) or Java ${FIRST_JAVA} to ${LAST_JAVA}`;
    const reason = `${name} is neither Debian nor Ubuntu, and ${lacked}; in Debian's words, ${lacking}`;
    return { kind: 'impossible', reason };
  }
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  if (!machine.isRoot && !machine.has('sudo')) {
    return { kind: 'impossible', reason: `${lacking}, and there is no sudo: run as root: ${install.join(' ')}` };
  }
  const prefix = [...(machine.isRoot ? [] : ['sudo']), 'env', 'DEBIAN_FRONTEND=noninteractive'];
  return {
    kind: 'install',
    commands: [
      [...prefix, 'apt-get', 'update'],
      [...prefix, ...install],
    ],
  };
}

/** Debian, Ubuntu, and what says that it is like one of them (os-release(5)). */
function isDebian(osRelease: string | undefined): boolean {
  const names = `${osReleaseField(osRelease, 'ID') ?? ''} ${osReleaseField(osRelease, 'ID_LIKE') ?? ''}`.split(' ');
  return names.includes('debian') || names.includes('ubuntu');
}

function osReleaseField(osRelease: string | undefined, field: string): string | undefined {
  const line = osRelease?.split('\n').find((text) => text.startsWith(`${field}=`));
  return line?.slice(field.length + 1).replace(/^(["'])(.*)\1$/, '$2');
}
