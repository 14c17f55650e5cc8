/** `target` with some of its methods replaced; the others run on `target` itself, private members and all. */
export function overridden<Target extends object>(target: Target, overrides: Partial<Target>): Target {
  return new Proxy(target, {
    get(_, name) {
      if (name in overrides) return Reflect.get(overrides, name);
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
