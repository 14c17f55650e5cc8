/** Preloaded into every function: gives AWS's runtime client the stand-in for its native part. */
const { registerHooks } = require('node:module');
const { pathToFileURL } = require('node:url');
const { join } = require('node:path');

const standIn = pathToFileURL(join(__dirname, 'rapid-client.cjs')).href;

registerHooks({
  resolve(specifier, context, next) {
    if (specifier !== './rapid-client.node') return next(specifier, context);
    return { url: standIn, format: 'commonjs', shortCircuit: true };
  },
});
