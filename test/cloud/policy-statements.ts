/**
 * IAM's policy language, as far as the stack speaks it. Elements and operators that are not known here stop the check by
 * name. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
import { isProperties, type PlainValue, Properties } from './plain-values.ts';

/** Context of a request: `aws:SourceArn`, `aws:SecureTransport` … */
export type RequestContext = Readonly<Record<string, string>>;

export type PolicyRequest = {
  /** For example `s3:GetObject`. */
  readonly action: string;
  readonly resource: string;
  readonly context?: RequestContext;
  /** Who asks, for the policies of resources: `Service:cloudfront.amazonaws.com`, `AWS:arn:…`. */
  readonly principal?: string;
};

export type Statement = {
  readonly effect: 'Allow' | 'Deny';
  readonly actions: readonly string[];
  /** Policies of identities name resources; those of roles' trust none. */
  readonly resources: readonly string[];
  /** `*`, or type and name. Empty in policies of identities. */
  readonly principals: readonly string[];
  readonly conditions: readonly Condition[];
};

type Condition = { readonly operator: string; readonly key: string; readonly values: readonly string[] };

const KNOWN_ELEMENTS = new Set(['Sid', 'Effect', 'Action', 'Resource', 'Principal', 'Condition']);

export function readStatements(document: Properties): Statement[] {
  return document.objects('Statement').map(readStatement);
}

function readStatement(statement: Properties): Statement {
  for (const element of Object.keys(statement.values)) {
    if (!KNOWN_ELEMENTS.has(element)) throw new Error(`${statement.path} has ${element}, which is not known here`);
  }
  const effect = statement.text('Effect');
  if (effect !== 'Allow' && effect !== 'Deny') throw new Error(`${statement.path}.Effect is ${effect}`);
  return {
    effect,
    actions: statement.texts('Action'),
    resources: statement.texts('Resource'),
    principals: readPrincipals(statement),
    conditions: readConditions(statement),
  };
}

function readPrincipals(statement: Properties): string[] {
  const principal = statement.values.Principal;
  if (principal === undefined) return [];
  if (!isProperties(principal)) return statement.texts('Principal');
  const byType = new Properties(principal, `${statement.path}.Principal`);
  return Object.keys(principal).flatMap((type) =>
    byType.texts(type).map((name) => (type === 'AWS' && name === '*' ? '*' : `${type}:${name}`)),
  );
}

function readConditions(statement: Properties): Condition[] {
  const conditions = statement.objectOr('Condition', undefined);
  return Object.keys(conditions?.values ?? {}).flatMap((operator) => {
    const keys = conditions?.object(operator);
    return Object.keys(keys?.values ?? {}).map((key) => ({
      operator,
      key,
      values: (keys?.list(key) ?? []).map((value: PlainValue) => String(value)),
    }));
  });
}

/** Allowed by one statement and denied by none. */
export function isAllowed(statements: readonly Statement[], request: PolicyRequest): boolean {
  const matching = statements.filter((statement) => statementMatches(statement, request));
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny');
}

export function statementMatches(statement: Statement, request: PolicyRequest): boolean {
  return (
    statement.actions.some((pattern) => wildcardMatches(pattern.toLowerCase(), request.action.toLowerCase())) &&
    statement.resources.some((pattern) => wildcardMatches(pattern, request.resource)) &&
    principalMatches(statement, request) &&
    statement.conditions.every((condition) => conditionHolds(condition, request.context ?? {}))
  );
}

function principalMatches({ principals }: Statement, { principal }: PolicyRequest): boolean {
  if (principals.length === 0) return true;
  return principals.includes('*') || (principal !== undefined && principals.includes(principal));
}

function conditionHolds({ operator, key, values }: Condition, context: RequestContext): boolean {
  const found = Object.entries(context).find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1];
  switch (operator) {
    case 'StringEquals':
      return found !== undefined && values.includes(found);
    case 'StringNotEquals':
      return found === undefined || !values.includes(found);
    case 'StringLike':
    case 'ArnLike':
    case 'ArnEquals':
      return found !== undefined && values.some((pattern) => wildcardMatches(pattern, found));
    case 'Bool':
      return found !== undefined && values.includes(found);
    default:
      throw new Error(`a policy has the condition ${operator} on ${key}, which is not known here`);
  }
}

/** `*` stands for any characters, `?` for one. */
export function wildcardMatches(pattern: string, text: string): boolean {
  const expression = pattern
    .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`, 's').test(text);
}
