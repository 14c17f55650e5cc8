/** Serves one folder with `send`, the peer, as its documentation shows; prints its port. */
import { createServer } from 'node:http';
import send from 'send';

const [root = '', port = ''] = process.argv.slice(2);
const server = createServer((request, response) => {
  send(request, new URL(request.url ?? '/', 'http://localhost').pathname, { root }).pipe(response);
});
server.listen(Number(port), '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : address);
});
