/** Who this process is: `apps` are the parts of Signalbox that it runs. */
export interface Hosted {
  /** `routing-coordinator`, or `standalone` for all of them. */
  name: string;
  apps: string[];
  replicaId: string;
}

export const HOSTED = Symbol('hosted');
