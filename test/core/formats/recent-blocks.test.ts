import fc from 'fast-check';
import { type Block, RecentBlocks } from '../../../lambdas/core/formats/recent-blocks.ts';
import { MemorySource } from '../../support/memory-source.ts';

const LENGTH = 1000;
const ROOM = 3;

function sourceOf(byteLength: number): MemorySource {
  return new MemorySource(Uint8Array.from({ length: byteLength }, (_, index) => (index * 31 + (index >> 8)) & 0xff));
}

function bytesOf({ buffer, room, startByte, endByte }: Block): Uint8Array {
  return buffer.subarray(room, room + endByte - startByte);
}

describe('RecentBlocks', () => {
  it('keeps what is on loan as it is, whatever is borrowed and given back around it', async () => {
    const action = fc.record({
      startByte: fc.nat(LENGTH - 1),
      byteLength: fc.nat(100),
      givesBack: fc.nat(),
      finds: fc.nat(LENGTH),
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(400), fc.array(action, { maxLength: 40 }), async (keptBytes, actions) => {
        const source = sourceOf(LENGTH);
        const recent = new RecentBlocks(source, keptBytes);
        const loans: Block[] = [];
        for (const { startByte, byteLength, givesBack, finds } of actions) {
          loans.push(await recent.borrow(startByte, Math.min(LENGTH, startByte + byteLength), ROOM));
          const found = recent.find(finds);
          if (found) loans.push(found);
          if (givesBack % 3 > 0) recent.giveBack(...(loans.splice(givesBack % loans.length, 1) as [Block]));
          for (const loan of loans) expect(bytesOf(loan)).toEqual(source.bytes.subarray(loan.startByte, loan.endByte));
        }
      }),
    );
  });

  it('finds the newest blocks without another read, and no longer those beyond what it keeps', async () => {
    const source = sourceOf(LENGTH);
    const recent = new RecentBlocks(source, 2 * (100 + ROOM));
    for (const startByte of [0, 100, 200]) recent.giveBack(await recent.borrow(startByte, startByte + 100, ROOM));

    expect(recent.find(99)).toBeUndefined();
    expect(recent.find(100)).toMatchObject({ startByte: 100, endByte: 200 });
    expect(recent.find(299)).toMatchObject({ startByte: 200, endByte: 300 });
    expect(recent.find(300)).toBeUndefined();
    expect(source.reads).toBe(3);
  });

  it('uses a buffer again once nobody has it', async () => {
    const recent = new RecentBlocks(sourceOf(LENGTH), 0);
    const first = await recent.borrow(0, 100, ROOM);
    const second = await recent.borrow(100, 200, ROOM);
    recent.giveBack(first);
    const third = await recent.borrow(200, 300, ROOM);

    expect(third.buffer).toBe(first.buffer);
    expect(third.buffer).not.toBe(second.buffer);
  });

  it('takes no buffer that is on loan a second time', async () => {
    const recent = new RecentBlocks(sourceOf(LENGTH), 100 + ROOM);
    const borrowed = await recent.borrow(0, 100, ROOM);
    const found = recent.find(50) as Block;
    recent.giveBack(borrowed);
    const next = await recent.borrow(100, 200, ROOM);

    expect(next.buffer).not.toBe(found.buffer);
    recent.giveBack(found);
    expect((await recent.borrow(200, 300, ROOM)).buffer).toBe(found.buffer);
  });
});
