/** The calls of a service to its stores since its start. The service counts them as it sends them. */
export interface StoreCalls {
  readonly log: number;
  readonly readModel: number;
}

export async function storeCalls(operationsOrigin: string): Promise<StoreCalls> {
  const metrics = await (await fetch(`${operationsOrigin}/metrics`)).text();
  return {
    log: total(metrics, 'imports_log_calls_total'),
    readModel: total(metrics, 'imports_read_model_calls_total'),
  };
}

/** A counter's sum over all its labels. */
function total(metrics: string, name: string): number {
  const lines = metrics.matchAll(new RegExp(`^${name}\\{.*\\} (\\S+)$`, 'gm'));
  return [...lines].reduce((sum, [, value]) => sum + Number(value), 0);
}
