import { dirname } from 'node:path';

/** Where the project lies. No other file of the command line may ask for its own place: in the bundle they have none. */
export const PROJECT_FOLDER = dirname(import.meta.dirname);
