/**
 * Jest runs tests in a realm of its own, whose `Error` is not that of Node's modules. The AWS SDK takes what a broken
 * connection throws for an error by `instanceof Error`, as it does outside of tests: so it does inside, too.
 */
import { isNativeError } from 'node:util/types';

const ordinary = Function.prototype[Symbol.hasInstance];

Object.defineProperty(Error, Symbol.hasInstance, {
  // Subclasses inherit it, and are not to be widened.
  value(this: unknown, value: unknown): boolean {
    return ordinary.call(this as () => void, value) || (this === Error && isNativeError(value));
  },
});
