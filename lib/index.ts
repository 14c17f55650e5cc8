/** What other CDK apps import. */
export { Access, type SignedUrlsProps } from './constructs/access.ts';
export { Cuepoint, type CuepointOutput } from './constructs/cuepoint.ts';
export type { CuepointProps } from './constructs/cuepoint-props.ts';
