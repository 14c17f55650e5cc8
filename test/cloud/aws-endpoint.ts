/**
 * The one address at which a function finds S3, DynamoDB, SQS and Secrets Manager. Each call is recorded, judged by the
 * function's role, maybe disturbed, and passed on to the real engine as it came: the signature covers the Host header and
 * the raw path, so neither is touched.
 */
import { Agent, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { awsRefusal, type Refusal } from './aws-refusals.ts';
import type { CallLog, RecordedCall } from './call-log.ts';
import type { FaultRule, Faults } from './faults.ts';
import type { NeededPermission, RolePolicies } from './iam.ts';
import { type LoopbackServer, serveOnLoopback } from './loopback-server.ts';
import {
  type ArnOf,
  type CallRequest,
  hasNamingBody,
  readServiceCall,
  type Service,
  type ServiceCall,
  serviceOf,
} from './service-call.ts';

/** Who is calling, found by the id that the SDK carries in its user agent. */
export type CallingContainer = {
  /** Of the invocation under way. */
  readonly requestId: string | undefined;
  kill(): void;
};

export type AwsEndpointOptions = {
  readonly functionId: string;
  readonly policies: RolePolicies;
  readonly calls: CallLog;
  readonly faults: Faults;
  readonly arnOf: ArnOf;
  /** Where the engines listen, as origins. */
  readonly engines: Readonly<Record<Service, string>>;
  /** By the id in AWS_SDK_UA_APP_ID. */
  readonly container: (id: string) => CallingContainer | undefined;
};

/** Bodies that are read as a whole are those of JSON protocols: a batch of 25 items of 400 KB at most. */
const MAX_NAMING_BODY_BYTES = 16 * 2 ** 20;

export async function startAwsEndpoint(options: AwsEndpointOptions): Promise<LoopbackServer> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const server = await serveOnLoopback((incoming, answer) => {
    new Passage(options, agent, incoming, answer).pass().catch((error: unknown) => {
      // Nothing that was sent can be taken back: the connection ends, as when AWS's side breaks.
      if (!answer.headersSent) answer.writeHead(500, { 'content-type': 'text/plain' });
      answer.end(`the local cloud failed: ${error instanceof Error ? error.message : String(error)}\n`);
      process.stderr.write(`aws endpoint of ${options.functionId}: ${String(error)}\n`);
    });
  });
  return {
    ...server,
    close: async () => {
      agent.destroy();
      await server.close();
    },
  };
}

/** One request on its way. */
class Passage {
  readonly #options: AwsEndpointOptions;
  readonly #agent: Agent;
  readonly #incoming: IncomingMessage;
  readonly #answer: ServerResponse;
  readonly #startMs = performance.now();
  readonly #container: CallingContainer | undefined;
  readonly #isLink: boolean;
  #status = 0;

  constructor(options: AwsEndpointOptions, agent: Agent, incoming: IncomingMessage, answer: ServerResponse) {
    this.#options = options;
    this.#agent = agent;
    this.#incoming = incoming;
    this.#answer = answer;
    this.#isLink = /[?&]X-Amz-Signature=/.test(incoming.url ?? '');
    // Libraries append their own names to it.
    const application = /(?:^| )app\/([a-z0-9]+)/.exec(this.#header('user-agent') ?? '')?.[1];
    this.#container = application === undefined ? undefined : options.container(application);
  }

  async pass(): Promise<void> {
    // A browser's question before it follows a presigned link: nobody's call.
    if (this.#incoming.method === 'OPTIONS') return this.#forward('s3', undefined, false);
    const { body, call } = await this.#read();
    const allowed = call.needed.every((needed) => this.#options.policies.allows(needed));
    // Taken now: the invocation may have ended by the time the answer has.
    const requestId = this.#container?.requestId;
    const fault = this.#isLink ? undefined : this.#options.faults.next(this.#options.functionId, call);
    try {
      if (!allowed) this.#refuse(awsRefusal('denied', call));
      else await this.#passOn(call, body, fault);
    } finally {
      const { functionId, calls } = this.#options;
      const recorded: RecordedCall = {
        ...call,
        ...(this.#status === 404 && { needed: [...call.needed, ...this.#neededForAbsence()] }),
        functionId,
        by: this.#isLink ? 'link' : 'function',
        ...(requestId !== undefined && !this.#isLink && { requestId }),
        allowed,
        status: this.#status,
        ms: performance.now() - this.#startMs,
        ...(fault !== undefined && { fault: fault.kind }),
      };
      calls.add(recorded);
    }
  }

  async #read(): Promise<{ body: Buffer | undefined; call: ServiceCall }> {
    const method = this.#incoming.method ?? '';
    const target = this.#incoming.url ?? '';
    const header = (name: string) => this.#header(name);
    const hasBody = serviceOf(header) !== 's3' || hasNamingBody(method, target);
    const body = hasBody ? await readBody(this.#incoming) : undefined;
    const request: CallRequest = { method, target, header, body: body?.toString() ?? '' };
    return { body, call: readServiceCall(request, this.#options.arnOf) };
  }

  async #passOn(call: ServiceCall, body: Buffer | undefined, fault: FaultRule | undefined): Promise<void> {
    switch (fault?.kind) {
      case undefined:
        return this.#forward(call.service, body, false);
      case 'delay':
        await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 0));
        return this.#forward(call.service, body, false);
      case 'refuse':
        return this.#refuse(awsRefusal('throttled', call));
      case 'cut-before':
        return this.#cut();
      case 'kill-before':
        this.#container?.kill();
        return this.#cut();
      case 'cut-after':
        return this.#forward(call.service, body, true);
      case 'kill-after':
        await this.#forward(call.service, body, true, () => this.#container?.kill());
    }
  }

  #refuse({ status, contentType, body }: Refusal): void {
    this.#status = status;
    this.#incoming.resume();
    const isHead = this.#incoming.method === 'HEAD';
    this.#answer.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(body) });
    this.#answer.end(isHead ? undefined : body);
  }

  #cut(): void {
    this.#incoming.socket.destroy();
  }

  /** With `swallow` the engine's answer is waited for, and not passed on. */
  #forward(service: Service, body: Buffer | undefined, swallow: boolean, then = () => {}): Promise<void> {
    const engine = new URL(this.#options.engines[service]);
    return new Promise((resolve) => {
      const outgoing = sendRequest({
        agent: this.#agent,
        host: engine.hostname,
        port: engine.port,
        method: this.#incoming.method,
        path: this.#incoming.url,
        headers: this.#incoming.rawHeaders,
        setDefaultHeaders: false,
      });
      outgoing.on('response', (response) => {
        this.#status = response.statusCode ?? 0;
        const passed = swallow ? this.#swallow(response, then) : this.#answerWith(response, service);
        passed.catch(() => this.#cut()).finally(resolve);
      });
      // The engine is down, or whoever asked has gone: both sides see a connection that ends.
      outgoing.on('error', () => {
        this.#cut();
        resolve();
      });
      this.#answer.once('close', () => {
        if (!this.#answer.writableFinished) outgoing.destroy();
      });
      if (body !== undefined) outgoing.end(body);
      else pipeline(this.#incoming, outgoing).catch(() => outgoing.destroy());
    });
  }

  async #swallow(response: IncomingMessage, then: () => void): Promise<void> {
    response.resume();
    await new Promise((resolve) => response.once('close', resolve));
    then();
    this.#cut();
  }

  async #answerWith(response: IncomingMessage, service: Service): Promise<void> {
    if (
      service === 's3' &&
      response.statusCode === 404 &&
      !this.#neededForAbsence().every((needed) => this.#options.policies.allows(needed))
    ) {
      response.resume();
      return this.#refuse(awsRefusal('denied', { service, operation: 'GetObject' }));
    }
    this.#answer.writeHead(this.#status, response.rawHeaders);
    await pipeline(response, this.#answer);
  }

  /** S3 tells nobody that an object is absent who may not list the bucket. */
  #neededForAbsence(): NeededPermission[] {
    const url = new URL(this.#incoming.url ?? '', 'http://s3');
    const isReading =
      ['GET', 'HEAD'].includes(this.#incoming.method ?? '') && serviceOf((name) => this.#header(name)) === 's3';
    return isReading ? [{ action: 's3:ListBucket', resource: `arn:aws:s3:::${url.pathname.split('/')[1]}` }] : [];
  }

  #header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(', ') : value;
  }
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let byteLength = 0;
  for await (const part of incoming) {
    parts.push(part);
    byteLength += part.length;
    if (byteLength > MAX_NAMING_BODY_BYTES) {
      throw new Error(`a request body has more than ${MAX_NAMING_BODY_BYTES} bytes; AWS takes no more either`);
    }
  }
  return Buffer.concat(parts);
}
