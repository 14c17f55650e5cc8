/**
 * Stands in for the native part of AWS's runtime client (aws-lambda-ric/src/native/rapid-client.cc), which would have to
 * be compiled: the same three functions, over the same Runtime API, by Node's own HTTP.
 */
const { Agent, request } = require('node:http');

const RUNTIME = `http://${process.env.AWS_LAMBDA_RUNTIME_API}/2018-06-01/runtime`;
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

/** The native part posts before it returns; here the next invocation waits for what was posted. */
let posted = Promise.resolve();

function send(method, path, body, headers) {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${RUNTIME}${path}`, { method, agent, headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => resolve({ headers: response.headers, text: Buffer.concat(parts).toString() }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function post(path, body, headers) {
  const bytes = Buffer.from(body);
  const all = { 'content-type': 'application/json', 'content-length': bytes.length, ...headers };
  posted = posted.then(() => send('POST', path, bytes, all));
}

module.exports = {
  async next() {
    await posted;
    const { headers, text } = await send('GET', '/invocation/next');
    return { bodyJson: text, headers };
  },
  done(id, body) {
    post(`/invocation/${id}/response`, body);
  },
  error(id, body, trace) {
    post(`/invocation/${id}/error`, body, { 'lambda-runtime-function-xray-error-cause': trace });
  },
};
