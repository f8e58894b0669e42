import type { MessageBus, KeyValueBucket } from '@signalbox/messaging';
import type { Clock } from '@signalbox/statistics';

interface Lease {
  replicaId: string;
  expiresAtMs: number;
}

export interface FleetLeaseOptions {
  /** What the lease is for; one replica at a time holds it. */
  name: string;
  replicaId: string;
  /** Long enough to survive one missed renewal, short enough that another replica soon takes over. */
  lastsMs: number;
}

/** Work that one replica does for the whole fleet. The holder renews by asking again; the others take over when it is gone. */
export class FleetLease {
  private readonly bucket: KeyValueBucket<Lease>;

  constructor(
    private readonly bus: MessageBus,
    private readonly clock: Clock,
    private readonly options: FleetLeaseOptions,
  ) {
    this.bucket = bus.bucket<Lease>('leases');
  }

  /** True when this replica shall do the work now. While NATS is away every replica does it for itself. */
  async isHeld(): Promise<boolean> {
    if (this.bus.state !== 'connected') return true;
    const nowMs = this.clock.nowMs();
    const { name, replicaId, lastsMs } = this.options;
    const mine: Lease = { replicaId, expiresAtMs: nowMs + lastsMs };
    const current = await this.bucket.get(name);
    if (current === null) return (await this.bucket.create(name, mine)).won;
    if (current.value.replicaId !== replicaId && current.value.expiresAtMs > nowMs) return false;
    return (await this.bucket.update(name, mine, current.revision)).won;
  }

  /** Lets another replica take over at once. */
  async release(): Promise<void> {
    if (this.bus.state !== 'connected') return;
    const current = await this.bucket.get(this.options.name);
    if (current?.value.replicaId === this.options.replicaId) {
      await this.bucket.deleteIf(this.options.name, current.revision);
    }
  }
}
