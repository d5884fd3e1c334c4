import type { DomainEvent } from '../../events/event-types.ts';
import type { StreamCategory } from '../../events/streams.ts';

/** A field of a view. It holds text, so that no store rounds a number or reorders a key. */
export interface Field<T extends string | null = string | null> {
  readonly isNullable: boolean;
  /** The allowed texts; any text unless set. */
  readonly among?: readonly T[];
  /** The text is compact JSON. */
  readonly isJson?: true;
}

export const text: Field<string> = { isNullable: false };
export const textOrNull: Field<string | null> = { isNullable: true };
export const json: Field<string> = { isNullable: false, isJson: true };

/** A field that has one of some texts. */
export function oneOf<const T extends string>(...among: readonly T[]): Field<T> {
  return { isNullable: false, among };
}

/** The same, or null. */
export function oneOfOrNull<const T extends string>(...among: readonly T[]): Field<T | null> {
  return { isNullable: true, among };
}

/** The fields of a view, in the order of its columns. Every view has an id and an organization. */
export interface Fields {
  readonly id: Field<string>;
  readonly organization_id: Field<string>;
  readonly [name: string]: Field;
}

export type ViewOf<F> = { readonly id: string; readonly organization_id: string } & {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never;
};

/** How the views of one organization are listed: newest first, by `created_at` and then by `id`. */
export interface ListDeclaration<Name extends string = string> {
  /** The fields by which a list can be filtered, each with one value. */
  readonly filters: readonly Name[];
  /** The indexes by name, each with the filters that it serves. A list reads the index that serves all its filters. */
  readonly indexes: { readonly [name: string]: readonly Name[] };
  /** The field whose length bounds a page of the list. */
  readonly sizedBy: Name;
}

/** The indexes by which workers find what waits for them, each with its fields in order; views that lack one of the fields are not in it. */
export interface QueueDeclaration<Name extends string = string> {
  readonly indexes: { readonly [name: string]: readonly Name[] };
}

/** What the stores need to know of a view: plain data, which can be sent to a thread. */
export interface ViewShape {
  /** The name of its table and its collection. */
  readonly name: string;
  readonly fields: Fields;
  /** Absent if the views are not listed. */
  readonly list?: ListDeclaration;
  /** Absent if the views do not wait for workers. */
  readonly queue?: QueueDeclaration;
}

/** What the stores need to know of some views, by kind. */
export type ViewShapes = { readonly [kind: string]: ViewShape };

/** The whole declaration of a view. Several views may be folded from the same streams. */
export interface ViewDeclaration<V = never> extends ViewShape {
  /**
   * The version of the views that changed this view last. Set it to the next one (`VIEWS_VERSION` + 1) if the same events give another view, or
   * if a field or an index is added or removed. `test/golden` fails if that is forgotten.
   */
  readonly version: number;
  /** The category of its streams. Each stream gives one view, with the stream's id. */
  readonly category: StreamCategory;
  /**
   * The view after one more event; null: there is none yet. A pure function: the POST, the follower, a replay, an audit and `verify` use it.
   * @throws if the event does not belong there
   */
  evolve(view: V | null, event: DomainEvent, id: string): unknown;
}

export type ViewDeclarations = { readonly [kind: string]: ViewDeclaration };

/** Checks a declaration, and derives the type of its views from its fields. */
export function declareView<const F extends Fields, const L extends ListDeclaration<keyof F & string> | undefined>(
  declaration: Omit<ViewDeclaration, 'fields' | 'list' | 'queue' | 'evolve'> & {
    readonly fields: F;
    readonly list?: L;
    readonly queue?: QueueDeclaration<keyof F & string>;
    evolve(view: ViewOf<F> | null, event: DomainEvent, id: string): ViewOf<F>;
  },
) {
  return declaration as typeof declaration & { readonly list: L };
}

/** The parts of declarations that can be sent to a thread. */
export function shapesOf(declarations: ViewDeclarations): ViewShapes {
  const shapes = Object.entries(declarations).map(([kind, { name, fields, list, queue }]) => [
    kind,
    { name, fields, list, queue },
  ]);
  return Object.fromEntries(shapes);
}
