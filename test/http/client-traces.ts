/**
 * Requests as clients send them for one file, in their order, with what of their headers matters. `{etag}`,
 * `{lastModified}`, `{length}` and `{last}` stand for what the client has been told of the file by then.
 */
export type Step = {
  readonly method?: 'GET' | 'HEAD' | 'OPTIONS';
  readonly fields: Readonly<Record<string, string>>;
  readonly status: number;
};

export type ClientTrace = { readonly client: string; readonly steps: readonly Step[] };

const SAFARI = {
  'User-Agent': 'AppleCoreMedia/1.0.0.22G86 (iPhone; U; CPU OS 18_6 like Mac OS X; en_us)',
  'X-Playback-Session-Id': '5B1C2C2E-0C6E-4B7E-9C55-1B9B3B6D4A11',
  'Accept-Encoding': 'identity',
  Accept: '*/*',
};

const FIREFOX = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  Accept: 'audio/webm,audio/ogg,audio/wav,audio/*;q=0.9,application/ogg;q=0.7,video/*;q=0.6,*/*;q=0.5',
  'Accept-Encoding': 'identity',
  'Sec-Fetch-Dest': 'audio',
};

const CHROMIUM = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36',
  Accept: '*/*',
  'Accept-Encoding': 'identity;q=1, *;q=0',
  'Sec-Fetch-Dest': 'audio',
};

const CHROMECAST = {
  'User-Agent': 'Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/118.0.0.0 CrKey/1.56',
  Origin: 'https://www.gstatic.com',
  'Accept-Encoding': 'identity;q=1, *;q=0',
  'CAST-DEVICE-CAPABILITIES': '{"bluetooth_supported":true}',
};

const PODCAST = { 'User-Agent': 'PodcastPlayer/7.4 (iOS)', 'Accept-Encoding': 'gzip, deflate', Accept: '*/*' };

export const CLIENT_TRACES: readonly ClientTrace[] = [
  {
    client: 'Safari: a probe of two bytes, all of it, then the rest in parts',
    steps: [
      { fields: { ...SAFARI, Range: 'bytes=0-1' }, status: 206 },
      { fields: { ...SAFARI, Range: 'bytes=0-{last}' }, status: 206 },
      { fields: { ...SAFARI, Range: 'bytes=65536-{last}' }, status: 206 },
      { fields: { ...SAFARI, Range: 'bytes=1048576-1179647', 'If-Range': '{etag}' }, status: 206 },
    ],
  },
  {
    client: 'Firefox: an open range, then others after seeking, with what it knows',
    steps: [
      { fields: { ...FIREFOX, Range: 'bytes=0-' }, status: 206 },
      { fields: { ...FIREFOX, Range: 'bytes=1441792-', 'If-Range': '{etag}' }, status: 206 },
      { fields: { ...FIREFOX, Range: 'bytes=720896-', 'If-Range': '{lastModified}' }, status: 206 },
    ],
  },
  {
    client: 'Chromium: an open range, one near the end, then back',
    steps: [
      { fields: { ...CHROMIUM, Range: 'bytes=0-' }, status: 206 },
      { fields: { ...CHROMIUM, Range: 'bytes=1835008-', 'If-Range': '{etag}' }, status: 206 },
      { fields: { ...CHROMIUM, Range: 'bytes=196608-', 'If-Range': '{etag}' }, status: 206 },
      { fields: { ...CHROMIUM, 'If-None-Match': '{etag}' }, status: 304 },
    ],
  },
  {
    client: 'Chromecast: a preflight, then ranges from another origin',
    steps: [
      {
        method: 'OPTIONS',
        fields: {
          ...CHROMECAST,
          'Access-Control-Request-Method': 'GET',
          'Access-Control-Request-Headers': 'accept-encoding,content-type,range',
          'Access-Control-Request-Private-Network': 'true',
        },
        status: 204,
      },
      { fields: { ...CHROMECAST, Range: 'bytes=0-' }, status: 206 },
      { fields: { ...CHROMECAST, Range: 'bytes=524288-1048575' }, status: 206 },
      { fields: { ...CHROMECAST, Range: 'bytes=-128' }, status: 206 },
    ],
  },
  {
    client: 'ffmpeg: all of it, the end for its tags, then on from a packet',
    steps: [
      {
        fields: {
          'User-Agent': 'Lavf/61.7.100',
          Accept: '*/*',
          Range: 'bytes=0-',
          Connection: 'close',
          'Icy-MetaData': '1',
        },
        status: 206,
      },
      {
        fields: { 'User-Agent': 'Lavf/61.7.100', Accept: '*/*', Range: 'bytes=1900000-', Connection: 'close' },
        status: 206,
      },
    ],
  },
  {
    client: 'curl: a download that broke off, taken up',
    steps: [
      { fields: { 'User-Agent': 'curl/8.14.1', Accept: '*/*' }, status: 200 },
      { fields: { 'User-Agent': 'curl/8.14.1', Accept: '*/*', Range: 'bytes=700000-' }, status: 206 },
      { fields: { 'User-Agent': 'curl/8.14.1', Accept: '*/*', Range: 'bytes={length}-' }, status: 416 },
    ],
  },
  {
    client: 'a podcast client: HEAD, the whole, then whether it is new',
    steps: [
      { method: 'HEAD', fields: PODCAST, status: 200 },
      { method: 'HEAD', fields: { ...PODCAST, Range: 'bytes=0-0' }, status: 200 },
      { fields: PODCAST, status: 200 },
      { fields: { ...PODCAST, 'If-None-Match': '{etag}', 'If-Modified-Since': '{lastModified}' }, status: 304 },
      { method: 'HEAD', fields: { ...PODCAST, 'If-Modified-Since': '{lastModified}' }, status: 304 },
    ],
  },
];
