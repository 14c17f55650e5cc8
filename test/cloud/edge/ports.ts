/**
 * What the local cloud and its edge (the CloudFront emulator) agree on. The cloud resolves the synthesized template
 * and owns the origins; the edge knows CloudFront's rules and nothing of templates, buckets or functions.
 */

/** A value of a resolved template: plain JSON, no intrinsic left in it. */
export type PlainValue = string | number | boolean | null | readonly PlainValue[] | PlainProperties;
export type PlainProperties = { readonly [name: string]: PlainValue };

/** The resolved `Properties` of the `AWS::CloudFront::Distribution` (so `DistributionConfig` is its one member). */
export type ResolvedDistribution = PlainProperties;

/**
 * A resource the distribution points to by its physical id: `AWS::CloudFront::CachePolicy`, `OriginRequestPolicy`,
 * `ResponseHeadersPolicy`, `Function`, `KeyGroup`, `PublicKey`, `OriginAccessControl`. Managed policies are not in the
 * template: the edge knows them by their published ids.
 */
export type EdgeResource = {
  /** For example `AWS::CloudFront::Function`. */
  readonly type: string;
  /** What `Ref` gives (`GetAtt FunctionARN` of a function; distributions name functions by ARN). */
  readonly physicalId: string;
  readonly properties: PlainProperties;
};

/**
 * A bucket behind an origin access control: what S3 answers, error XML included (403 `AccessDenied` for a missing key
 * when the bucket policy gives CloudFront no `s3:ListBucket`). Bodies are streams; answers have a Content-Length.
 */
export interface S3Origin {
  /**
   * @param key the object's key, percent-decoded once, without the leading slash
   * @param headers what CloudFront would send to S3 (Range, If-*, and what the origin request policy adds); the
   *   signature is the origin's own business
   */
  get(method: 'GET' | 'HEAD' | 'OPTIONS', key: string, headers: Headers): Promise<Response>;
}

/**
 * A function URL: the request's URL is `https://{originDomain}{raw path}?{raw query}`, its headers are what CloudFront
 * sends (no viewer Host). The answer is what Lambda sends; its body may be a stream.
 */
export type FunctionUrlOrigin = (request: Request) => Promise<Response>;

/** The distribution's origins, by their `DomainName` in the resolved distribution. Unknown names throw. */
export type EdgeOrigins = {
  readonly s3: (originDomain: string) => S3Origin;
  readonly functionUrl: (originDomain: string) => FunctionUrlOrigin;
};

/** The edge's legal mischief: what a cache may do by RFC 9111 and CloudFront's documentation. */
export type AdversarialEdge = {
  /** Chooses when to enlarge, evict and revalidate; the same seed makes the same choices. */
  readonly seed: number;
};

export type EdgeOptions = {
  readonly distribution: ResolvedDistribution;
  /** By physical id; a function also by its ARN. */
  readonly resources: ReadonlyMap<string, EdgeResource>;
  readonly origins: EdgeOrigins;
  /** On 127.0.0.1; 0 lets the system choose. */
  readonly port: number;
  readonly adversarial?: AdversarialEdge;
};

export type RunningEdge = {
  /** For example `http://127.0.0.1:8720`, without a trailing slash. */
  readonly url: string;
  close(): Promise<void>;
};
