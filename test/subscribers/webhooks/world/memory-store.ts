import {
  type DeliveriesQuery,
  DeliveriesUnavailable,
  type Delivery,
  type DeliveryStore,
  type Lease,
  type Progress,
} from '../../../../src/subscribers/webhooks/delivery-store.ts';

/** A store of deliveries in memory. */
export class MemoryStore implements DeliveryStore {
  readonly all = new Map<string, Delivery>();
  readonly progresses = new Map<string, Progress>();
  readonly held = new Map<string, Lease>();
  isAway = false;
  saves = 0;

  async save(endpoint: string, deliveries: readonly Delivery[], progress: Progress | null) {
    this.#assertThere();
    this.saves += 1;
    for (const delivery of deliveries) this.all.set(`${endpoint} ${delivery.id}`, structuredClone(delivery));
    if (progress !== null) this.progresses.set(endpoint, structuredClone(progress));
  }

  async progress(endpoint: string) {
    this.#assertThere();
    return this.progresses.get(endpoint) ?? null;
  }

  async waiting(endpoint: string) {
    this.#assertThere();
    return this.of(endpoint)
      .filter(({ status }) => status === 'waiting')
      .sort((one, other) => Number((one.event?.position ?? 0n) - (other.event?.position ?? 0n)));
  }

  async withIds(endpoint: string, ids: readonly string[]) {
    this.#assertThere();
    return this.of(endpoint).filter(({ id }) => ids.includes(id));
  }

  async list({ endpoint, status, limit }: DeliveriesQuery) {
    this.#assertThere();
    return this.of(endpoint)
      .filter((delivery) => status === undefined || delivery.status === status)
      .slice(0, limit);
  }

  async end(endpoint: string) {
    this.#assertThere();
    for (const delivery of await this.waiting(endpoint)) {
      this.all.set(`${endpoint} ${delivery.id}`, { ...delivery, status: 'ended', dueAt: null });
    }
  }

  async prune() {
    return 0;
  }

  async leases() {
    this.#assertThere();
    return [...this.held.values()];
  }

  async take(lease: Lease, seen: Lease | null) {
    this.#assertThere();
    const found = this.held.get(lease.endpoint);
    if (found?.holder !== seen?.holder || found?.beat !== seen?.beat) return false;
    this.held.set(lease.endpoint, lease);
    return true;
  }

  async release(endpoint: string, holder: string) {
    this.#assertThere();
    if (this.held.get(endpoint)?.holder === holder) this.held.delete(endpoint);
  }

  async close() {}

  of(endpoint: string): Delivery[] {
    return [...this.all.values()].filter((delivery) => delivery.endpoint === endpoint);
  }

  #assertThere() {
    if (this.isAway) throw new DeliveriesUnavailable('the test says so');
  }
}
