import { expect } from 'chai';
import { ImportMetrics } from '../../src/http/import-metrics.ts';
import { Metrics } from '../../src/http/metrics.ts';
import type { EndedAttempt } from '../../src/importer/observer.ts';

const attempt: EndedAttempt = { source: 'url', outcome: 'succeeded', reason: null, seconds: 0.3, bytes: 200 };

describe('what is measured of imports', () => {
  it('has attempts by source, outcome and reason, their durations and bytes', async () => {
    const metrics = new Metrics();
    metrics.imports.attemptEnded(attempt);
    metrics.imports.attemptEnded({ ...attempt, outcome: 'retried', reason: 'source_unavailable', bytes: 50 });
    metrics.imports.attemptEnded({ ...attempt, source: null, outcome: 'failed', reason: 'source_missing', bytes: 0 });
    const text = await metrics.scrape();
    for (const line of [
      'imports_attempts_total{source="url",outcome="succeeded",reason=""} 1',
      'imports_attempts_total{source="url",outcome="retried",reason="source_unavailable"} 1',
      'imports_attempts_total{source="none",outcome="failed",reason="source_missing"} 1',
      'imports_attempt_duration_seconds_count{source="url"} 2',
      'imports_attempt_duration_seconds_bucket{le="0.5",source="url"} 2',
      'imports_bytes_total{source="url"} 250',
      'imports_ended_total{how="succeeded"} 1',
      'imports_ended_total{how="source_missing"} 1',
    ]) {
      expect(text.split('\n')).to.include(line);
    }
    // From the beginning, so that Prometheus sees the first one, too.
    expect(text).to.contain('imports_ended_total{how="worker_lost"} 0\n');
  });

  it('counts imports that failed because they had waited for too long, and what the sweep found', async () => {
    const metrics = new Metrics();
    metrics.imports.expired('connection_missing');
    expect(await metrics.scrape()).to.not.match(/^imports_blobs_kept/m);
    metrics.imports.swept({ blobs: 12, bytes: 3_000, removed: 2 });
    metrics.imports.swept({ blobs: 10, bytes: 2_000, removed: 1 });
    const lines = (await metrics.scrape()).split('\n');
    expect(lines).to.include.members([
      'imports_ended_total{how="connection_missing"} 1',
      'imports_blobs_kept 10',
      'imports_blobs_kept_bytes 2000',
      'imports_blobs_swept_total 3',
    ]);
  });

  it('is summed up for a person', async () => {
    const { imports } = new Metrics();
    expect(imports).to.be.instanceOf(ImportMetrics);
    imports.attemptEnded(attempt);
    imports.attemptEnded({ ...attempt, source: 'salesforce' });
    imports.attemptEnded({ ...attempt, outcome: 'failed', reason: 'not_an_image', bytes: 7 });
    imports.expired('limit_exceeded');
    expect(await imports.imported()).to.deep.equal({
      ended: { succeeded: 2, not_an_image: 1, limit_exceeded: 1 },
      bytes: 407,
    });
  });
});
