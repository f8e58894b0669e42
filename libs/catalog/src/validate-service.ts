import { SignalboxError, type FieldError, type NodeConfig, type ServiceConfig } from '@signalbox/contracts';

/** Weights are shares in percent; the slack is for thirds written with two decimals. */
const WEIGHT_SLACK_PERCENT = 0.05;

/**
 * Throws IMPOSSIBLE_CONFIGURATION naming every bad field, unless the service can be routed to. For what a
 * schema cannot say: it expects a value that has already passed `serviceConfig`.
 *
 * `others` are the rest of the catalog: nodes are addressed by `nodeId` alone, so no two may share one.
 */
export function validateService(config: ServiceConfig, others: readonly ServiceConfig[] = []): void {
  const fields = [
    ...config.nodes.flatMap((node, index) => nodeErrors(node, `nodes.${index}`)),
    ...duplicateErrors(config, others),
    ...roleErrors(config.nodes),
    ...thresholdErrors(config),
  ];
  if (fields.length === 0) return;
  const named = fields.map((field) => `${field.path}: ${field.message}`);
  throw new SignalboxError('IMPOSSIBLE_CONFIGURATION', named.slice(0, 3).join('; '), { fields });
}

function nodeErrors(node: NodeConfig, at: string): FieldError[] {
  const errors: FieldError[] = [];
  if (!URL.canParse(node.baseUrl)) {
    errors.push({ path: `${at}.baseUrl`, message: 'is not a URL' });
  } else {
    const url = new URL(node.baseUrl);
    if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
      // Configuration is shown to every reader of the catalog; secrets belong to the credentials endpoint.
      errors.push({ path: `${at}.baseUrl`, message: 'must carry no user, password, query or fragment' });
    }
  }
  if (node.role === 'emergency' && node.weightPercent !== 0) {
    errors.push({ path: `${at}.weightPercent`, message: 'must be 0 for an emergency node' });
  }
  return errors;
}

function duplicateErrors(config: ServiceConfig, others: readonly ServiceConfig[]): FieldError[] {
  const owners = new Map<string, string>();
  for (const other of others) {
    if (other.serviceName === config.serviceName) continue;
    for (const node of other.nodes) owners.set(node.nodeId, `of service ${other.serviceName}`);
  }
  const errors: FieldError[] = [];
  for (const [index, node] of config.nodes.entries()) {
    const owner = owners.get(node.nodeId);
    if (owner !== undefined) {
      errors.push({ path: `nodes.${index}.nodeId`, message: `is already the name of a node ${owner}` });
    }
    owners.set(node.nodeId, 'of this service');
  }
  for (const [index, dependent] of config.dependents.entries()) {
    if (config.dependents.indexOf(dependent) < index) {
      errors.push({ path: `dependents.${index}`, message: 'is listed twice' });
    }
  }
  return errors;
}

function roleErrors(nodes: readonly NodeConfig[]): FieldError[] {
  const errors: FieldError[] = [];
  // The primary is the baseline that savings are counted against, so there has to be one and only one.
  const primaries = nodes.filter((node) => node.role === 'primary').length;
  if (primaries !== 1) {
    errors.push({ path: 'nodes', message: `must have exactly one node of role primary, has ${primaries}` });
  }
  const ordinary = nodes.filter((node) => node.role !== 'emergency');
  const total = ordinary.reduce((sum, node) => sum + node.weightPercent, 0);
  if (ordinary.length > 0 && Math.abs(total - 100) > WEIGHT_SLACK_PERCENT) {
    errors.push({
      path: 'nodes',
      message: `weightPercent of the ordinary nodes must add up to 100, is ${Number(total.toFixed(4))}`,
    });
  }
  return errors;
}

function thresholdErrors({ thresholds }: ServiceConfig): FieldError[] {
  const errors: FieldError[] = [];
  if (thresholds.maxBackoffMs < thresholds.retryBackoffMs) {
    errors.push({ path: 'thresholds.maxBackoffMs', message: 'must not be below retryBackoffMs' });
  }
  if (thresholds.inFlightLeaseMs <= thresholds.targetLatencyMs) {
    // A lease shorter than the latency we accept would forget calls that are still under way.
    errors.push({ path: 'thresholds.inFlightLeaseMs', message: 'must be above targetLatencyMs' });
  }
  return errors;
}
