import { createPublicKey } from 'node:crypto';
import type { ISecret } from 'aws-cdk-lib/aws-secretsmanager';

/** Links to objects lead through the CDN and are signed with the deployer's own key pair. */
export type SignedUrlsProps = {
  /** The public half of an RSA-2048 key pair, PEM. It becomes CloudFront's trusted key. */
  readonly publicKeyPem: string;
  /** The private half, PEM, as a secret's plain text. The api signs links with it; CDK and CloudFormation never see it. */
  readonly privateKeySecret: ISecret;
};

export type AccessKind = { readonly kind: 'public' } | ({ readonly kind: 'signed' } & SignedUrlsProps);

/** Who may listen. There is no default: whether audio is public is not for a library to assume. */
export class Access {
  readonly choice: AccessKind;

  private constructor(choice: AccessKind) {
    this.choice = choice;
  }

  /** Anybody who has the address may list and hear everything. Plans name presigned S3 URLs. */
  static publicRead(): Access {
    return new Access({ kind: 'public' });
  }

  /**
   * CloudFront answers nothing without a valid signature, in the URL or in cookies, of the key pair given here. Your own
   * service decides who gets one. Plans name URLs that are signed already.
   */
  static signedUrls(props: SignedUrlsProps): Access {
    if (!/^-----BEGIN PUBLIC KEY-----[\s\S]+-----END PUBLIC KEY-----\s*$/.test(props.publicKeyPem)) {
      throw new Error(
        `publicKeyPem begins with ${JSON.stringify(props.publicKeyPem.slice(0, 30))}; expected a public key in PEM ` +
          '("-----BEGIN PUBLIC KEY-----"), as "openssl rsa -pubout" writes it',
      );
    }
    const kind = createPublicKey(props.publicKeyPem).asymmetricKeyType;
    if (kind !== 'rsa') {
      throw new Error(
        `publicKeyPem is a key of type ${kind}; expected RSA, as "openssl genrsa 2048" makes it: links are signed with it`,
      );
    }
    return new Access({ kind: 'signed', ...props });
  }
}
