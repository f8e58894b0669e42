import type { ServiceName } from '@signalbox/contracts';
import {
  learn,
  logit,
  meanProbability,
  predictLogOdds,
  probabilitySd,
  sampleNormal,
  sigmoid,
  weightAtPrior,
  type GaussianWeight,
  type LogOdds,
  type Rng,
} from '@signalbox/statistics';
import type { FailurePrediction, FailurePredictor, NodeFeatures, NodeObservation } from '../predictor.js';
import { DelayedLabels } from './delayed-labels.js';
import { OWN_PRIORS, SHARED_PRIORS, featureVector } from './feature-vector.js';
import {
  readState,
  type PredictorState,
  type RestoreResult,
  PREDICTOR_STATE_VERSION,
} from './predictor-state.js';

/**
 * Trials after which half of what was learned in a direction is forgotten. A calm hour of a node is worth 1,800:
 * so levels follow within days, and precursors, which are rarely seen, are remembered over hundreds of outages.
 */
const HALF_LIFE_TRIALS = 100_000;

/**
 * Thompson sampling draws at most this far from the mean, in log odds. Two nodes whose predicted odds differ
 * by more than a factor of 4 can therefore never change places: exploration chooses among the comparable and
 * never sends a call to a clearly sicker node to see whether it still is.
 */
export const EXPLORATION_BOUND = Math.LN2;

/** Outcomes in the window at which what is seen now weighs as much as what was last known. */
const EVIDENCE_OUTCOMES = 10;
/** As long as the success posterior of an idle node takes to forget half (ten windows of 30 s). */
const HELD_HALF_LIFE_MS = 300_000;

/** More nodes than any service's configuration allows at once; the longest unseen is forgotten first. */
const MAX_NODES_PER_SERVICE = 128;

interface NodeModel {
  /** The service's shared weights, then the node's own. */
  readonly weights: readonly GaussianWeight[];
  readonly labels: DelayedLabels;
  /** Log odds last predicted on evidence, fading towards what an idle node shows; null before the first look. */
  heldLogOdds: number | null;
  lookedAtMs: number;
}

interface ServiceModel {
  readonly shared: readonly GaussianWeight[];
  /** By nodeId, longest unseen first. */
  readonly nodes: Map<string, NodeModel>;
  labelsLearned: number;
}

/**
 * Predicts, per node, the probability that a call fails within the next 60 s: one online logistic regression a
 * service, with weights shared by its nodes for what precedes failure and a node's own for its level and time
 * of day. It learns only from what happened: a snapshot a second, labelled when its 60 s are over.
 */
export class OnlineFailurePredictor implements FailurePredictor {
  private readonly services = new Map<ServiceName, ServiceModel>();

  failureProbability(features: NodeFeatures, serviceName: ServiceName, nodeId: string): FailurePrediction {
    const node = this.services.get(serviceName)?.nodes.get(nodeId);
    const weights = node?.weights ?? this.newcomer(serviceName);
    const now = predictLogOdds(weights, featureVector(features));
    return new GaussianPrediction({
      mean: held(now.mean, node?.heldLogOdds ?? null, features.outcomes),
      variance: now.variance,
    });
  }

  observe(observation: NodeObservation): void {
    const service = this.service(observation.serviceName);
    const node = this.node(service, observation.nodeId);
    const x = featureVector(observation.features);
    const outcomes = observation.successes + observation.failures;
    for (const label of node.labels.look(observation.atMs, x, observation.failures, outcomes)) {
      learn(node.weights, label.x, { ratio: label.failureRatio, trials: label.trials }, HALF_LIFE_TRIALS);
      service.labelsLearned++;
    }
    const now = predictLogOdds(node.weights, x).mean;
    const fading = 0.5 ** ((observation.atMs - node.lookedAtMs) / HELD_HALF_LIFE_MS);
    const last = node.heldLogOdds === null ? now : now + fading * (node.heldLogOdds - now);
    node.heldLogOdds = held(now, last, observation.features.outcomes);
    node.lookedAtMs = observation.atMs;
  }

  /** Labels learned so far by service: 0 means the predictions are still the prior's. */
  labelsLearned(serviceName: ServiceName): number {
    return this.services.get(serviceName)?.labelsLearned ?? 0;
  }

  /** All that was learned, as JSON. Snapshots that wait for their horizon are not in it: a restart loses one minute. */
  toState(): PredictorState {
    const services: PredictorState['services'] = {};
    for (const [serviceName, model] of this.services) {
      const nodes: Record<string, [number, number][]> = {};
      for (const [nodeId, node] of model.nodes)
        nodes[nodeId] = node.weights.slice(model.shared.length).map(pair);
      services[serviceName] = { labelsLearned: model.labelsLearned, shared: model.shared.map(pair), nodes };
    }
    return { version: PREDICTOR_STATE_VERSION, services };
  }

  /**
   * Replaces what was learned by a state of {@link toState}. A state of another version or shape is refused
   * with the reason and changes nothing.
   */
  restore(state: unknown): RestoreResult {
    const read = readState(state);
    if (read.kind === 'refused') return read;
    this.services.clear();
    for (const [serviceName, saved] of Object.entries(read.state.services)) {
      const model = this.service(serviceName as ServiceName);
      model.labelsLearned = saved.labelsLearned;
      assign(model.shared, saved.shared);
      for (const [nodeId, own] of Object.entries(saved.nodes)) {
        assign(this.node(model, nodeId).weights.slice(model.shared.length), own);
      }
    }
    return { kind: 'restored' };
  }

  private newcomer(serviceName: ServiceName): readonly GaussianWeight[] {
    const shared = this.services.get(serviceName)?.shared ?? SHARED_PRIORS.map(weightAtPrior);
    return [...shared, ...OWN_PRIORS.map(weightAtPrior)];
  }

  private service(serviceName: ServiceName): ServiceModel {
    let service = this.services.get(serviceName);
    if (service === undefined) {
      service = { shared: SHARED_PRIORS.map(weightAtPrior), nodes: new Map(), labelsLearned: 0 };
      this.services.set(serviceName, service);
    }
    return service;
  }

  /** The node's model, moved to the end of the map as the one seen last. */
  private node(service: ServiceModel, nodeId: string): NodeModel {
    const node = service.nodes.get(nodeId) ?? {
      weights: [...service.shared, ...OWN_PRIORS.map(weightAtPrior)],
      labels: new DelayedLabels(),
      heldLogOdds: null,
      lookedAtMs: 0,
    };
    service.nodes.delete(nodeId);
    service.nodes.set(nodeId, node);
    if (service.nodes.size > MAX_NODES_PER_SERVICE) {
      const [longestUnseen] = service.nodes.keys();
      service.nodes.delete(longestUnseen!);
    }
    return node;
  }
}

class GaussianPrediction implements FailurePrediction {
  constructor(private readonly logOdds: LogOdds) {}

  get mean(): number {
    return meanProbability(this.logOdds);
  }

  get sd(): number {
    return probabilitySd(this.logOdds);
  }

  sample(rng: Rng): number {
    const drawn = Math.sqrt(this.logOdds.variance) * sampleNormal(rng);
    const bounded = Math.max(-EXPLORATION_BOUND, Math.min(EXPLORATION_BOUND, drawn));
    return sigmoid(logit(this.mean) + bounded);
  }
}

/**
 * A node that traffic has left shows nothing any more, and nothing looks like calm. So the less its window
 * rests on, the more of the last prediction made on evidence is held against it; never in its favour.
 */
function held(now: number, last: number | null, outcomes: number): number {
  if (last === null || last <= now) return now;
  return now + (last - now) * (EVIDENCE_OUTCOMES / (EVIDENCE_OUTCOMES + outcomes));
}

function pair(weight: GaussianWeight): [number, number] {
  return [weight.mean, weight.precision];
}

function assign(weights: readonly GaussianWeight[], saved: readonly (readonly [number, number])[]): void {
  weights.forEach((weight, i) => {
    [weight.mean, weight.precision] = saved[i]!;
  });
}
