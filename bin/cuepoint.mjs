#!/usr/bin/env node
// Lets plain Node run the TypeScript of the command line: no build step stands between the code and its user.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('./cuepoint.ts');
process.exitCode = await main(process.argv.slice(2));
