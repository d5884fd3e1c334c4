import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { until } from './until.ts';

/** Spans that have ended. */
export interface RecordedSpans {
  all(): readonly ReadableSpan[];
  /** Waits for a span of a trace. */
  named(name: string, traceId: string): Promise<ReadableSpan>;
}

/** Loads an SDK of OpenTelemetry for the tests of a `describe`, before what else the `describe` starts. */
export function recordedSpans(): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  const all = () => exporter.getFinishedSpans();
  before(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }));
  });
  after(() => {
    trace.disable();
    context.disable();
  });
  return {
    all,
    async named(name, traceId) {
      const find = () => all().find((span) => span.name === name && span.spanContext().traceId === traceId);
      await until(`the span ${name} ended`, find);
      return find() as ReadableSpan;
    },
  };
}
