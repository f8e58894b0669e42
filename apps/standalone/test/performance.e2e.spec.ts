import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  DecisionAnswer,
  PerformanceAnalytics,
  PerformanceMetric,
  RealtimePerformance,
} from '@signalbox/contracts';
import { withHosted } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import { apps } from '../src/apps.js';

const ETC = '/enhanced-traffic-coordination';
const PATIENT = { timeoutMs: 90_000 };

describe('how a service performs with every app in one process', () => {
  const hosted = withHosted(apps, ['a'], () => ({ METRICS_INTERVAL_MS: '1000' }));
  const api = () => hosted.process('a');

  async function call(outcome: 'success' | 'timeout', latencyMs: number): Promise<void> {
    const decision = await api().post<DecisionAnswer>(`${ETC}/execute-coordination`, {
      serviceName: 'twilio',
      operation: 'send_message',
    });
    const { coordinationId, routingDecision } = decision.data;
    const { nodeId, costPerRequest } = routingDecision.selectedNode;
    const report = { serviceName: 'twilio', coordinationId, nodeId, outcome, latencyMs };
    const reported = await api().post(`${ETC}/report-outcome`, { ...report, actualCost: costPerRequest });
    assert.equal(reported.status, 200, JSON.stringify(reported.body));
  }

  it('is what its calls were: how many, how fast, how they failed and what they cost', async () => {
    const latest = async (metric: PerformanceMetric): Promise<number | null | undefined> => {
      const path = `/external-services/analytics/performance?serviceName=twilio&metric=${metric}`;
      const { data } = await api().get<PerformanceAnalytics>(path);
      return data.series[0]?.points.findLast((point) => point !== null);
    };
    await eventually(async () => {
      // Nine calls of 100 ms, and one that took a second and failed.
      for (let n = 0; n < 9; n++) await call('success', 100);
      await call('timeout', 1_000);
      const { data } = await api().get<RealtimePerformance>('/stream-b-coordination/metrics/realtime');
      const twilio = data.items.find(({ serviceName }) => serviceName === 'twilio');
      assert.ok(twilio !== undefined);
      const { responseTime, throughput, errorRates, costMetrics, optimization } = twilio;
      assert.ok(throughput.requestsPerSecond! > 0);
      // Rounds of ten, whole or begun.
      assert.ok(responseTime.average! >= 100 && responseTime.average! <= 190, `${responseTime.average}`);
      assert.ok(responseTime.p99! > 900, `${responseTime.p99}`);
      assert.equal(errorRates.overall, errorRates.byType?.['timeout']);
      assert.ok(errorRates.overall > 0 && errorRates.overall <= 0.1, `${errorRates.overall}`);
      assert.equal(errorRates.criticalErrors, 0);
      assert.ok(costMetrics.budgetUtilization! > 0);
      assert.deepEqual(optimization, {
        cacheHitRatio: null,
        batchingOpportunities: 0,
        recommendedActions: [],
      });
      // While it is called: a quarter of a minute later it has no throughput.
      for (const metric of ['average', 'p95', 'p99', 'requestsPerSecond', 'errorRate'] as const) {
        const point = await latest(metric);
        assert.ok(typeof point === 'number' && point > 0, `${metric}: ${point}`);
      }
    }, PATIENT);
  });
});
