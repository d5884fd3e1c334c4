import type { DomainEvent } from '../../events/event-types.ts';
import type { StreamCategory } from '../../events/streams.ts';

/** What a field of a view may hold: text, so that no store rounds a number or reorders a key. */
export interface Field<T extends string | null = string | null> {
  readonly isNullable: boolean;
  /** The only texts that there are; any text where it is not set. */
  readonly among?: readonly T[];
  /** The text is compact JSON. */
  readonly isJson?: true;
}

export const text: Field<string> = { isNullable: false };
export const textOrNull: Field<string | null> = { isNullable: true };
export const json: Field<string> = { isNullable: false, isJson: true };

export function oneOf<const T extends string>(...among: readonly T[]): Field<T> {
  return { isNullable: false, among };
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
  /** The fields that a list may be narrowed by, each to one value. */
  readonly filters: readonly Name[];
  /** The indexes by name, each with the filters that it serves. A list reads the index that serves all its filters. */
  readonly indexes: { readonly [name: string]: readonly Name[] };
  /** The field whose length bounds a page of the list. */
  readonly sizedBy: Name;
}

/** What the stores need to know of a view: plain data, which can be handed to a thread. */
export interface ViewShape {
  /** What its table and its collection are called. */
  readonly name: string;
  readonly fields: Fields;
  /** Not there: the views are not listed. */
  readonly list?: ListDeclaration;
}

/** What the stores need to know of some views, by kind. */
export type ViewShapes = { readonly [kind: string]: ViewShape };

/** A view: all that there is to say of it. Several may be folded from the same streams. */
export interface ViewDeclaration<V = never> extends ViewShape {
  /**
   * The version of the views since which it is so. Set it to the next one (`VIEWS_VERSION` + 1) if the view comes out otherwise of the same events,
   * or if a field or an index comes or goes. `test/golden` fails if that is forgotten.
   */
  readonly version: number;
  /** Of the streams that it is folded from, one view a stream, under the id of the stream. */
  readonly category: StreamCategory;
  /**
   * What one more event makes of the view; null is "there is none yet". A pure function: the same one serves the POST, the follower, a
   * replay, an audit and `verify`.
   * @throws where the event does not belong there
   */
  evolve(view: V | null, event: DomainEvent, id: string): unknown;
}

export type ViewDeclarations = { readonly [kind: string]: ViewDeclaration };

/** Checks a declaration, and takes the type of its views from its fields. */
export function declareView<const F extends Fields, const L extends ListDeclaration<keyof F & string> | undefined>(
  declaration: Omit<ViewDeclaration, 'fields' | 'list' | 'evolve'> & {
    readonly fields: F;
    readonly list?: L;
    evolve(view: ViewOf<F> | null, event: DomainEvent, id: string): ViewOf<F>;
  },
) {
  return declaration as typeof declaration & { readonly list: L };
}

/** What can be handed to a thread of some declarations. */
export function shapesOf(declarations: ViewDeclarations): ViewShapes {
  const shapes = Object.entries(declarations).map(([kind, { name, fields, list }]) => [kind, { name, fields, list }]);
  return Object.fromEntries(shapes);
}
