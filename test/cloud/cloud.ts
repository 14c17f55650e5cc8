/** `npm run cloud`: the synthesized stack, here, until it is interrupted. */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { LOG_FOLDER } from './cloud-folder.ts';
import { type LocalCloud, startCloud } from './start-cloud.ts';
import { assemblyFolder, synthesize } from './synthesis.ts';

const USAGE = `npm run cloud -- [--port N] [--adversarial SEED] [--keep] [--synth]

  --port N             where the edge listens on 127.0.0.1 (default 8720)
  --adversarial SEED   the edge does all the mischief that a cache may do, by this seed
  --keep               leaves buckets and table for the next run
  --synth              synthesizes the stack first, though it was before
`;

const DEFAULT_PORT = 8720;

const PARENT_CHECK_INTERVAL_MS = 500;

/** The same buckets at each run, so that --keep has a meaning. */
const SUFFIX = 'local';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string' },
      adversarial: { type: 'string' },
      keep: { type: 'boolean' },
      synth: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) return print(USAGE);
  if (values.synth === true) synthesize();
  const cloud = await startCloud({
    assemblyFolder: assemblyFolder(),
    suffix: SUFFIX,
    edgePort: wholeNumber('port', values.port ?? String(DEFAULT_PORT)),
    keepsStores: values.keep === true,
    ...(values.adversarial !== undefined && { adversarial: { seed: wholeNumber('adversarial', values.adversarial) } }),
  });
  print(description(cloud));
  await interrupted();
  print('closing …\n');
  await cloud.close();
}

function description(cloud: LocalCloud): string {
  const { s3, dynamodb } = cloud.services;
  return `
  edge           ${cloud.edgeUrl}
  source bucket  ${cloud.sourceBucket}
  media bucket   ${cloud.mediaBucket}
  table          ${cloud.table}
  S3             ${s3.endpoint} (${s3.version})
  DynamoDB       ${dynamodb.endpoint} (${dynamodb.version})
  logs           ${join(LOG_FOLDER, SUFFIX)}

Upload with any S3 client to the source bucket; credentials are in .services/services.json. Ctrl-C ends it.
`;
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new Error(`--${name} is "${text}"; expected a whole number`);
}

/** By a signal; or when npm, which passes on no signals but the terminal's, is gone. */
function interrupted(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
    if (process.env.npm_lifecycle_event === undefined) return;
    const watch = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(watch);
      resolve();
    }, PARENT_CHECK_INTERVAL_MS);
  });
}

function print(text: string): void {
  process.stdout.write(text);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
