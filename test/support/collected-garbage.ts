import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: (() => void) | undefined;

/** Bytes that buffers really hold: garbage is collected first, so that what is measured is what is still referenced. */
export function heldBufferBytes(): number {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as () => void;
  }
  // The memory of dead buffers is given back in the background; the second collection waits for the first to finish that.
  collect();
  collect();
  return process.memoryUsage().arrayBuffers;
}
