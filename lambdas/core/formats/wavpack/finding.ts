/** Where something was found first, and how often. */
export type Finding = { readonly startByte: number; readonly count: number };

export function counted(finding: Finding | undefined, startByte: number): Finding {
  return { startByte: finding?.startByte ?? startByte, count: (finding?.count ?? 0) + 1 };
}

export function together(one: Finding | undefined, other: Finding | undefined): Finding | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return { startByte: Math.min(one.startByte, other.startByte), count: one.count + other.count };
}
