import {
  type Attributes,
  type Context,
  context,
  type Link,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { reasonOf } from '../errors/reason-of.ts';
import { parseTraceparent } from './traceparent.ts';

export type { Attributes };

/** A span to begin. */
export interface Asked {
  readonly name: string;
  /** Inside of this process unless set. */
  readonly kind?: 'server' | 'client' | 'consumer';
  /**
   * The `traceparent`s of what it follows. One of another trace than that of the active span becomes its parent. Several become its links:
   * then it begins a trace.
   */
  readonly after?: Iterable<string | undefined>;
  readonly attributes?: Attributes;
}

/**
 * Does work in a span, which becomes the active one. If the work fails, so does the span.
 * @param asked is not called, and the work gets null, if no SDK of OpenTelemetry is loaded
 */
export type InSpan = <T>(asked: () => Asked, work: (span: Span | null) => Promise<T>) => Promise<T>;

/** An SDK keeps no more links of a span unless it is told to. */
const MOST_LINKS = 128;

const KINDS = { server: SpanKind.SERVER, client: SpanKind.CLIENT, consumer: SpanKind.CONSUMER };

/** Whether an SDK of OpenTelemetry was loaded. It must be before the service starts. */
export function isTraced(): boolean {
  const provider = trace.getTracerProvider();
  return (
    !(provider instanceof ProxyTracerProvider) || provider.getDelegate() !== new ProxyTracerProvider().getDelegate()
  );
}

/** What makes spans; without an SDK it only does the work. Whoever makes spans asks once: it stays as it is. */
export function spans(): InSpan {
  if (!isTraced()) return (_asked, work) => work(null);
  const tracer = trace.getTracer('import-api');
  return (asked, work) => {
    const { name, kind, after = [], attributes } = asked();
    const { parent, links } = placeOf(after);
    const options = { links, attributes, kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind] };
    const span = tracer.startSpan(name, options, parent);
    return context.with(trace.setSpan(parent, span), async () => {
      try {
        return await work(span);
      } catch (error) {
        failed(span, reasonOf(error));
        throw error;
      } finally {
        span.end();
      }
    });
  };
}

/** Marks a span whose work failed. */
export function failed(span: Span, reason: string): void {
  span.setStatus({ code: SpanStatusCode.ERROR, message: reason });
}

/** The `traceparent` of a span. */
export function traceparentOf(span: Span): string {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
}

/** Whether what runs is in a span already, such as one that the SDK made of the HTTP request. */
export function isInSpan(): boolean {
  return trace.getActiveSpan() !== undefined;
}

function placeOf(after: Iterable<string | undefined>): { parent: Context; links?: Link[] } {
  const followed = distinct(after);
  const [first] = followed;
  if (first === undefined) return { parent: context.active() };
  if (followed.length > 1) return { parent: ROOT_CONTEXT, links: followed.map((linked) => ({ context: linked })) };
  const isSameTrace = trace.getActiveSpan()?.spanContext().traceId === first.traceId;
  return { parent: isSameTrace ? context.active() : trace.setSpanContext(ROOT_CONTEXT, first) };
}

function distinct(traceparents: Iterable<string | undefined>): SpanContext[] {
  const texts = new Set<string>();
  for (const text of traceparents) {
    if (texts.size === MOST_LINKS) break;
    if (parseTraceparent(text) !== undefined) texts.add(text as string);
  }
  return Array.from(texts, (text) => {
    const [, traceId = '', spanId = '', flags = ''] = text.split('-');
    return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  });
}
