/**
 * CloudFormation's intrinsic functions, resolved as CloudFormation would once every resource exists.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
 */
import { isList, isProperties, type PlainProperties, type PlainValue } from './plain-values.ts';

/** What the functions refer to. Each throws for a name it does not know. */
export type References = {
  /** `Ref`: of a resource, a parameter or a pseudo parameter. `undefined` is `AWS::NoValue`. */
  ref(name: string): PlainValue | undefined;
  attribute(logicalId: string, attribute: string): PlainValue;
  condition(name: string): boolean;
  mapping(name: string): PlainProperties;
  importValue(name: string): PlainValue;
};

/** `undefined`: the value is `AWS::NoValue`, and whatever holds it leaves it out. `path` is for messages. */
export function resolveValue(value: PlainValue, references: References, path: string): PlainValue | undefined {
  if (isList(value)) {
    return value
      .map((item, index) => resolveValue(item, references, `${path}[${index}]`))
      .filter((item) => item !== undefined);
  }
  if (typeof value === 'string' && value.includes('{{resolve:')) {
    throw new Error(`${path} holds the dynamic reference ${value}, which the local cloud does not know`);
  }
  if (!isProperties(value)) return value;
  const names = Object.keys(value);
  const [name] = names;
  if (names.length === 1 && name !== undefined && isIntrinsic(name)) {
    return resolveIntrinsic(name, value[name] ?? null, references, path);
  }
  const resolved: Record<string, PlainValue> = {};
  for (const key of names) {
    if (key.startsWith('Fn::')) throw new Error(`${path} has ${key} beside ${names.length - 1} other names`);
    const inner = resolveValue(value[key] ?? null, references, `${path}.${key}`);
    if (inner !== undefined) resolved[key] = inner;
  }
  return resolved;
}

/** A condition of the template's `Conditions`, or the first argument of `Fn::If`. */
export function resolveCondition(value: PlainValue, references: References, path: string): boolean {
  const resolved = resolveValue(value, references, path);
  if (resolved === true || resolved === 'true') return true;
  if (resolved === false || resolved === 'false') return false;
  throw new Error(`${path} is ${JSON.stringify(resolved)}; expected a condition`);
}

/** `Condition` is one in conditions only: elsewhere it is an ordinary name (of policy statements). */
function isIntrinsic(name: string): boolean {
  return name === 'Ref' || name.startsWith('Fn::');
}

function resolveIntrinsic(
  name: string,
  argument: PlainValue,
  references: References,
  path: string,
): PlainValue | undefined {
  const here = `${path}.${name}`;
  const inner = (value: PlainValue) => required(resolveValue(value, references, here), here);
  const items = () => listOf(argument, here);
  switch (name) {
    case 'Ref':
      return references.ref(textOf(argument, here));
    case 'Fn::GetAtt':
      return getAttribute(argument, inner, references, here);
    case 'Fn::Join':
      return join(items(), inner, here);
    case 'Fn::Sub':
      return substitute(argument, inner, references, here);
    case 'Fn::Select':
      return select(items(), inner, here);
    case 'Fn::Split': {
      const [separator, text] = pair(items(), here);
      return textOf(inner(text), here).split(textOf(separator, here));
    }
    case 'Fn::FindInMap':
      return findInMap(items().map(inner), references, here);
    case 'Fn::ImportValue':
      return references.importValue(textOf(inner(argument), here));
    case 'Fn::ToJsonString':
      return JSON.stringify(inner(argument));
    case 'Fn::Base64':
      return Buffer.from(textOf(inner(argument), here)).toString('base64');
    case 'Fn::If': {
      const [condition, ...choices] = items();
      const chosen = references.condition(textOf(condition, here)) ? choices[0] : choices[1];
      return chosen === undefined ? undefined : resolveValue(chosen, references, here);
    }
    case 'Fn::Equals': {
      const [left, right] = pair(items(), here);
      return JSON.stringify(inner(left)) === JSON.stringify(inner(right));
    }
    case 'Fn::Not':
      return !items().every((item) => conditionOf(item, references, here));
    case 'Fn::And':
      return items().every((item) => conditionOf(item, references, here));
    case 'Fn::Or':
      return items().some((item) => conditionOf(item, references, here));
    default:
      throw new Error(
        `${path} uses ${name}, which the local cloud does not know; teach it in test/cloud/intrinsics.ts`,
      );
  }
}

/** Inside conditions, `{"Condition": "name"}` is another one. */
function conditionOf(value: PlainValue, references: References, path: string): boolean {
  if (isProperties(value) && typeof value.Condition === 'string') return references.condition(value.Condition);
  return resolveCondition(value, references, path);
}

type Inner = (value: PlainValue) => PlainValue;

function getAttribute(argument: PlainValue, inner: Inner, references: References, path: string): PlainValue {
  if (isList(argument)) {
    const [logicalId, attribute] = pair(argument, path);
    return references.attribute(textOf(logicalId, path), textOf(inner(attribute), path));
  }
  const text = textOf(argument, path);
  const dot = text.indexOf('.');
  if (dot < 1) throw new Error(`${path} is "${text}"; expected LogicalId.Attribute`);
  return references.attribute(text.slice(0, dot), text.slice(dot + 1));
}

function join(items: readonly PlainValue[], inner: Inner, path: string): string {
  const [separator, parts] = pair(items, path);
  return listOf(inner(parts), path)
    .map((part) => scalarText(part, path))
    .join(textOf(separator, path));
}

function substitute(argument: PlainValue, inner: Inner, references: References, path: string): string {
  const [pattern, own]: [PlainValue, PlainValue] = isList(argument) ? pair(argument, path) : [argument, {}];
  if (!isProperties(own)) throw new Error(`${path} has ${JSON.stringify(own)} for its variables; expected an object`);
  return textOf(pattern, path).replace(/\$\{(!?)([^}]*)\}/g, (_whole, literal: string, name: string) => {
    if (literal === '!') return `\${${name}}`;
    const value = own[name];
    if (value !== undefined) return scalarText(inner(value), path);
    const dot = name.indexOf('.');
    const found = dot < 0 ? references.ref(name) : references.attribute(name.slice(0, dot), name.slice(dot + 1));
    return scalarText(required(found, path), path);
  });
}

function select(items: readonly PlainValue[], inner: Inner, path: string): PlainValue {
  const [index, list] = pair(items, path);
  const values = listOf(inner(list), path);
  return required(values[Number(inner(index))], `${path} (item ${String(index)} of ${values.length})`);
}

function findInMap([name, first, second]: readonly PlainValue[], references: References, path: string): PlainValue {
  const row = references.mapping(textOf(name, path))[textOf(first, path)];
  const found = isProperties(row) ? row[textOf(second, path)] : undefined;
  return required(found, `${path} (${String(name)}, ${String(first)}, ${String(second)})`);
}

function required(value: PlainValue | undefined, path: string): PlainValue {
  if (value === undefined) throw new Error(`${path} has no value`);
  return value;
}

function listOf(value: PlainValue, path: string): readonly PlainValue[] {
  if (!isList(value)) throw new Error(`${path} is ${JSON.stringify(value)}; expected a list`);
  return value;
}

function pair(value: PlainValue, path: string): [PlainValue, PlainValue] {
  const [first, second] = listOf(value, path);
  if (first === undefined || second === undefined) {
    throw new Error(`${path} is ${JSON.stringify(value)}; expected two arguments`);
  }
  return [first, second];
}

function textOf(value: PlainValue | undefined, path: string): string {
  if (typeof value !== 'string') throw new Error(`${path} is ${JSON.stringify(value)}; expected a string`);
  return value;
}

function scalarText(value: PlainValue, path: string): string {
  if (typeof value === 'object') throw new Error(`${path} is ${JSON.stringify(value)}; expected a string or a number`);
  return String(value);
}
