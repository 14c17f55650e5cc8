import type { ObjectStore } from '../../lambdas/core/ports.ts';
import { heldBufferBytes } from '../support/collected-garbage.ts';
import { bodyOf, drain, getBytes, numberedBytes, presentInfo, putBytes, sameBytes } from './object-fixtures.ts';

const LENGTH = 1000;
/** Above whatever an adapter may read at once. */
const LONG = 3 * 1024 * 1024 + 17;

export function readingContract(store: () => ObjectStore): void {
  describe('reading', () => {
    it('knows nothing of keys that were never put', async () => {
      await expect(store().head('absent.bin')).resolves.toBeUndefined();
      await expect(store().get('absent.bin')).resolves.toBeUndefined();
      await expect(store().get('absent.bin', { version: 'any' })).resolves.toBeUndefined();
      await expect(store().read('absent.bin', 0, new Uint8Array(1))).rejects.toMatchObject({ code: 'source_missing' });
    });

    it('tells of an object what was put and when', async () => {
      const before = Date.now();
      const put = await store().put('a/told.mp3', bodyOf(numberedBytes(LENGTH)), {
        contentType: 'audio/mpeg',
        cacheControl: 'public, max-age=31536000, immutable',
        metadata: { 'source-version': 'v-1', note: 'plain = ASCII; "quoted"' },
      });
      expect(put).toEqual({ version: expect.stringMatching(/^[A-Za-z0-9_.~-]+$/) });
      const info = await presentInfo(store(), 'a/told.mp3');
      expect(info).toEqual({
        key: 'a/told.mp3',
        byteLength: LENGTH,
        version: put.version,
        lastModifiedMs: expect.any(Number),
        contentType: 'audio/mpeg',
        cacheControl: 'public, max-age=31536000, immutable',
        metadata: { 'source-version': 'v-1', note: 'plain = ASCII; "quoted"' },
      });
      // S3 tells whole seconds, and its clock is not ours.
      expect(Math.abs(info.lastModifiedMs - before)).toBeLessThan(10_000);
      expect((await store().get('a/told.mp3'))?.info).toEqual(info);
    });

    it('leaves out attributes that were not given', async () => {
      await putBytes(store(), 'bare.bin', numberedBytes(3));
      const info = await store().head('bare.bin');
      expect(info).toMatchObject({ contentType: 'application/octet-stream', metadata: {} });
      expect(info).not.toHaveProperty('cacheControl');
    });

    it('holds empty objects', async () => {
      await putBytes(store(), 'empty.bin', new Uint8Array(0));
      expect(await store().head('empty.bin')).toMatchObject({ byteLength: 0 });
      expect(await getBytes(store(), 'empty.bin')).toEqual(new Uint8Array(0));
    });

    const inside: [name: string, startByte: number, endByte: number][] = [
      ['all of it', 0, LENGTH],
      ['the first byte', 0, 1],
      ['the last byte', LENGTH - 1, LENGTH],
      ['all but the first byte', 1, LENGTH],
      ['all but the last byte', 0, LENGTH - 1],
      ['a window', 300, 557],
    ];
    it.each(inside)('answers %s', async (_name, startByte, endByte) => {
      const bytes = numberedBytes(LENGTH);
      await putBytes(store(), 'ranged.bin', bytes);

      const read = await store().get('ranged.bin', { range: { startByte, endByte } });
      const target = new Uint8Array(endByte - startByte);
      await store().read('ranged.bin', startByte, target);

      // The information is about the object, not about the window.
      expect(read?.info.byteLength).toBe(LENGTH);
      expect(read && (await drain(read))).toEqual(bytes.slice(startByte, endByte));
      expect(target).toEqual(bytes.slice(startByte, endByte));
    });

    const outside: [name: string, startByte: number, endByte: number][] = [
      ['one byte too many', 0, LENGTH + 1],
      ['what begins at the end', LENGTH, LENGTH + 1],
      ['what lies behind the end', LENGTH + 10, LENGTH + 20],
      ['what lies before the start', -1, 10],
    ];
    it.each(outside)('refuses %s', async (_name, startByte, endByte) => {
      await putBytes(store(), 'ranged.bin', numberedBytes(LENGTH));
      const refused = { code: 'range_not_satisfiable' };
      await expect(store().get('ranged.bin', { range: { startByte, endByte } })).rejects.toMatchObject(refused);
      const target = new Uint8Array(endByte - startByte);
      await expect(store().read('ranged.bin', startByte, target)).rejects.toMatchObject(refused);
    });

    it('reads into a window of a larger buffer and touches nothing beside it', async () => {
      const bytes = numberedBytes(LENGTH);
      await putBytes(store(), 'window.bin', bytes);
      const frame = new Uint8Array(120).fill(0xee);
      await store().read('window.bin', 40, frame.subarray(10, 110));
      expect(frame.slice(10, 110)).toEqual(bytes.slice(40, 140));
      expect([...frame.slice(0, 10), ...frame.slice(110)]).toEqual(new Array(20).fill(0xee));
    });

    it('holds a reader to the version it knows', async () => {
      const bytes = numberedBytes(LENGTH);
      const first = await putBytes(store(), 'versioned.bin', bytes);
      const read = await store().get('versioned.bin', { version: first.version });
      expect(read && (await drain(read))).toEqual(bytes);
      await expect(
        store().read('versioned.bin', 0, new Uint8Array(8), { version: first.version }),
      ).resolves.toBeUndefined();

      await putBytes(store(), 'versioned.bin', numberedBytes(LENGTH, 1));

      const changed = { code: 'source_changed' };
      const version = first.version;
      await expect(store().get('versioned.bin', { version })).rejects.toMatchObject(changed);
      await expect(store().read('versioned.bin', 0, new Uint8Array(8), { version })).rejects.toMatchObject(changed);
    });

    it('yields fresh buffers', async () => {
      const bytes = numberedBytes(LONG);
      await putBytes(store(), 'long.bin', bytes);
      const parts: Uint8Array[] = [];
      const read = await store().get('long.bin', { range: { startByte: 5, endByte: LONG - 5 } });
      for await (const part of read?.body ?? []) parts.push(part);
      expect(parts.length).toBeGreaterThan(1);
      expect(sameBytes(Buffer.concat(parts), bytes.subarray(5, LONG - 5))).toBe(true);
    });

    it('can be left in the middle of a body, over and over', async () => {
      await putBytes(store(), 'long.bin', numberedBytes(LONG));
      for (let time = 0; time < 50; time++) {
        const read = await store().get('long.bin');
        for await (const part of read?.body ?? []) {
          expect(part.length).toBeGreaterThan(0);
          break;
        }
      }
      expect(sameBytes(await getBytes(store(), 'long.bin'), numberedBytes(LONG))).toBe(true);
    });
  });

  describe('large bodies', () => {
    const PART_BYTES = 64 * 1024;
    const PARTS = 320;
    const ALLOWED_BYTES = 10 * 1024 * 1024;
    /** Collecting garbage takes milliseconds: look now and then. */
    const LOOK_EVERY = 40;

    it('pass through in memory that does not grow', async () => {
      const baseline = heldBufferBytes();
      let peak = 0;
      const look = (step: number) => {
        if (step % LOOK_EVERY === 0) peak = Math.max(peak, heldBufferBytes() - baseline);
      };
      async function* produce() {
        const part = new Uint8Array(PART_BYTES);
        for (let number = 0; number < PARTS; number++) {
          look(number);
          yield part.fill(number % 256);
        }
      }

      const { version } = await store().put(
        'large.bin',
        { byteLength: PART_BYTES * PARTS, parts: produce() },
        { contentType: 'audio/wav' },
      );
      let received = 0;
      let steps = 0;
      const read = await store().get('large.bin');
      expect(read?.info).toMatchObject({ byteLength: PART_BYTES * PARTS, version });
      for await (const part of read?.body ?? []) {
        expect(part[0]).toBe(Math.floor(received / PART_BYTES) % 256);
        received += part.length;
        look(steps++);
      }

      expect(received).toBe(PART_BYTES * PARTS);
      expect(peak).toBeLessThan(ALLOWED_BYTES);
    });

    it('gives at once, if anything, what get gives', async () => {
      const bytes = numberedBytes(LENGTH);
      await putBytes(store(), 'now.bin', bytes);
      const now = (startByte: number, endByte: number, byteLength = LENGTH) =>
        store().getNow?.('now.bin', { startByte, endByte }, byteLength);
      const expectSame = (given: Uint8Array | undefined, expected: Uint8Array) => {
        if (given) expect(sameBytes(given, expected)).toBe(true);
      };
      expectSame(now(0, 10), bytes.subarray(0, 10));
      const range = { startByte: 300, endByte: 557 };
      const read = await store().get('now.bin', { range });
      if (read) await drain(read);
      expectSame(now(300, 557), bytes.subarray(300, 557));
      expectSame(now(0, LENGTH), bytes);
      // Nothing that is not so long, and nothing beyond its end.
      expect(now(0, 1, LENGTH + 1)).toBeUndefined();
      expect(now(0, 1, LENGTH - 1)).toBeUndefined();
      expect(now(LENGTH - 1, LENGTH + 1)).toBeUndefined();
      expect(store().getNow?.('absent.bin', { startByte: 0, endByte: 1 }, LENGTH)).toBeUndefined();
      const others = numberedBytes(LENGTH, 7);
      await putBytes(store(), 'now.bin', others);
      expectSame(now(300, 557), others.subarray(300, 557));
      await store().delete('now.bin');
      expect(now(300, 557)).toBeUndefined();
    });

    it('(control) the measure sees a body that is kept', async () => {
      const baseline = heldBufferBytes();
      const kept = Array.from({ length: PARTS }, () => new Uint8Array(PART_BYTES));
      expect(heldBufferBytes() - baseline).toBeGreaterThan(ALLOWED_BYTES);
      expect(kept.length).toBe(PARTS);
    });
  });
}
