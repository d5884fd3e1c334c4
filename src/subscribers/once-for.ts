import type { Naming } from './cloud-event.ts';

/** Makes something when it is first asked for, once for each naming: a service has one. */
export function onceFor<T>(make: (naming: Naming) => T): (naming: Naming) => T {
  const made = new WeakMap<Naming, { readonly it: T }>();
  return (naming) => {
    const found = made.get(naming) ?? { it: make(naming) };
    made.set(naming, found);
    return found.it;
  };
}
