/** What happens to tracks whose sources or objects change. */
import { noise, wavFile } from '../support/audio-fixtures.ts';
import { jsonOf } from '../support/http-client.ts';
import { derivedKeyOf, type Session } from './session.ts';
import type { Track } from './target.ts';

export function changeSuite(session: () => Session, track: () => Track, source: Uint8Array): void {
  describe('change', () => {
    it('makes a missing or cut chunk again from the source', async () => {
      const source = wavFile(25, { seed: 3 });
      const found = await session().upload('heal.wav', source);
      const { chunks } = jsonOf(await session().get(found.links.chunks ?? ''));
      const { damage, location, links } = session().target;
      await damage(derivedKeyOf(chunks[0].url), location === 'windows' ? 100 : undefined);
      if (location === 'objects') await damage(derivedKeyOf(chunks[1].url), 100);
      const { status, body } = await session().get(found.links.audio ?? '');
      expect(status).toBe(200);
      expect(Buffer.from(body).equals(source)).toBe(true);

      // A bucket makes nothing again.
      if (links === 'bucket') return;
      await damage(derivedKeyOf(chunks[2].url), 50);
      const chunk = await session().get(chunks[2].url, chunks[2].headers);
      expect(Buffer.from(chunk.body).equals(source.subarray(chunks[2].startByte))).toBe(true);
    });

    it('serves a new edition under a new revision, and lets the old URLs live on', async () => {
      const [first, second] = [wavFile(12, { seed: 4 }), wavFile(14, { seed: 5 })];
      const before = await session().upload('edition.wav', first);
      const oldPlan = jsonOf(await session().get(before.links.chunks ?? ''));
      const after = await session().upload('edition.wav', second);
      expect(after.id).toBe(before.id);
      expect(after.revision).not.toBe(before.revision);

      const resumed = await session().get(after.links.stream ?? '', {
        Range: 'bytes=100-',
        'If-Range': `"${before.revision}"`,
      });
      expect(resumed.status).toBe(200);
      expect(Buffer.from(resumed.body).equals(second)).toBe(true);
      const old = await session().get(oldPlan.chunks[1].url, oldPlan.chunks[1].headers);
      expect(Buffer.from(old.body).equals(first.subarray(oldPlan.chunks[1].startByte))).toBe(true);
    });

    it('answers 410 for a removed track and 404 for one that never was', async () => {
      const found = await session().upload('gone.wav', wavFile(2));
      await session().remove('gone.wav');
      const gone = await session().get(`/v1/tracks/${found.id}`);
      expect([gone.status, jsonOf(gone).code]).toEqual([410, 'track_gone']);
      expect((await session().get(found.links.stream ?? '')).status).toBe(410);
      const never = await session().get('/v1/tracks/nosuchtrack');
      expect([never.status, jsonOf(never).code]).toEqual([404, 'track_not_found']);
    });

    it('names the chunk when neither store nor source has it', async () => {
      const found = await session().upload('lost.wav', wavFile(12, { seed: 6 }));
      const { chunks } = jsonOf(await session().get(found.links.chunks ?? ''));
      await session().target.putSource('lost.wav', noise(1000));
      await session().settled('lost.wav', (candidate) =>
        JSON.stringify(candidate?.warnings).includes('replacement_failed'),
      );
      await session().untilFresh();
      await session().target.damage(derivedKeyOf(chunks[1].url));
      const answer = await session().get(found.links.audio ?? '', { Range: `bytes=${chunks[1].startByte}-` });
      expect(answer.status).toBe(500);
      const name = session().target.location === 'objects' ? 'chunk 1' : 'the copy of the source';
      expect(jsonOf(answer)).toMatchObject({ code: 'chunk_lost', error: expect.stringContaining(name) });
      // Also where it is not the first part of the body that is lost.
      expect(jsonOf(await session().get(found.links.audio ?? ''))).toMatchObject({ code: 'chunk_lost' });
    });

    it('redirects to one object where one is all that is asked for', async () => {
      const { chunks } = jsonOf(await session().get(track().links.chunks ?? ''));
      const isObject = session().target.location === 'objects';
      // A chunk is an object, or the source is: the other answer is the body itself.
      const [from, to] = isObject ? [chunks[1].startByte, chunks[1].endByte] : [0, source.length];
      const { status, headers } = await session().get(
        `${track().links.audio}?bytes=${from}-${to - 1}&delivery=redirect`,
      );
      expect([status, headers['content-length']]).toEqual([307, '0']);
      const followed = await session().get(String(headers.location), { Range: 'bytes=10-19' });
      expect(Buffer.from(followed.body).equals(source.subarray(from + 10, from + 20))).toBe(true);
      const whole = await session().get(`${track().links.audio}?delivery=redirect`);
      expect(whole.status).toBe(isObject ? 200 : 307);
      expect((await session().get(`${track().links.audio}?bytes=5-100&delivery=redirect`)).status).toBe(200);
      expect((await session().get(`${track().links.audio}?delivery=pigeon`)).status).toBe(400);
      const known = await session().get(`${track().links.audio}?delivery=redirect`, {
        'If-None-Match': `"${track().revision}"`,
      });
      expect(known.status).toBe(304);
    });

    it('keeps what is for itself to itself', async () => {
      expect((await session().get(`/manifests/${track().id}/${track().revision}/manifest.json`)).status).toBe(404);
      expect((await session().get(`/d/${track().id}/${track().revision}/manifest.json`)).status).toBe(404);
    });
  });
}
