/** Kind, target and actions. */
const GRANTED: readonly (readonly [string, string, string?])[] = [
  ['java.net.SocketPermission', '127.0.0.1:*', 'accept,connect,resolve'],
  ['java.net.SocketPermission', '*', 'resolve'],
  ['java.net.NetPermission', '*'],
  ['java.io.FilePermission', '<<ALL FILES>>', 'read,write,delete,execute,readlink'],
  ['java.io.SerializablePermission', '*'],
  ['java.lang.RuntimePermission', '*'],
  ['java.lang.management.ManagementPermission', 'control'],
  ['java.lang.management.ManagementPermission', 'monitor'],
  ['java.lang.reflect.ReflectPermission', '*'],
  ['java.security.SecurityPermission', '*'],
  ['java.util.PropertyPermission', '*', 'read,write'],
  ['java.util.logging.LoggingPermission', 'control'],
  ['javax.management.MBeanPermission', '*', '*'],
  ['javax.management.MBeanServerPermission', '*'],
  ['javax.management.MBeanTrustPermission', '*'],
  ['javax.net.ssl.SSLPermission', '*'],
  ['javax.security.auth.AuthPermission', '*'],
];

/**
 * A Java security policy under which a server that listens on `port` of all addresses takes and makes connections on
 * 127.0.0.1 only; all else is granted. Java up to 23 keeps it (JEP 486 took the security manager away in 24).
 */
export function loopbackPolicy(port: number): string {
  const grants = [...GRANTED, ['java.net.SocketPermission', `*:${port}`, 'listen'] as const];
  const lines = grants.map(([kind, target, actions]) => {
    const last = actions === undefined ? '' : `, "${actions}"`;
    return `  permission ${kind} "${target}"${last};\n`;
  });
  return `grant {\n${lines.join('')}};\n`;
}
