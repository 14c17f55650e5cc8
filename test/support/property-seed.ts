import fc from 'fast-check';

// A run of the tests answers the same twice. CUEPOINT_SEED=$RANDOM looks elsewhere; a failure names its seed and path.
fc.configureGlobal({ seed: Number(process.env.CUEPOINT_SEED ?? 1) });
