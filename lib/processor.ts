/** What functions run on, in the words of npm and Node. */
export type Processor = 'arm64' | 'x64';
