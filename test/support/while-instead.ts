/** Does something while an object has other members in the place of its own. */
export async function whileInstead<T extends object, Result>(
  object: T,
  instead: Partial<T>,
  work: () => Result | Promise<Result>,
): Promise<Result> {
  const own = Object.keys(instead).map((name) => [name, Object.getOwnPropertyDescriptor(object, name)] as const);
  for (const [name, value] of Object.entries(instead)) {
    Object.defineProperty(object, name, { value, configurable: true });
  }
  try {
    return await work();
  } finally {
    for (const [name, before] of own) {
      if (before === undefined) Reflect.deleteProperty(object, name);
      else Object.defineProperty(object, name, before);
    }
  }
}
