import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ADMISSIONS_REQUEST, DECISIONS_REQUEST, ok, type AdmissionRequest } from '@signalbox/contracts';

/** Answers at once where coordinator and ledger would: every call may go, and goes to this address. */
export async function answerOn(natsUrl: string, baseUrl: string): Promise<NatsConnection> {
  const connection = await connect({ servers: natsUrl, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
  let decisions = 0;
  connection.subscribe(ADMISSIONS_REQUEST, {
    callback: (_error, message) => {
      const { requestId } = message.json<AdmissionRequest>();
      message.respond(JSON.stringify(ok({ allowed: true, refusedBy: [], reservationId: requestId })));
    },
  });
  connection.subscribe(DECISIONS_REQUEST, {
    callback: (_error, message) => {
      const second = Math.floor(Date.now() / 1_000);
      const coordinationId = `bench_${second}_${(decisions++).toString(36).padStart(8, '0')}`;
      const selectedNode = { nodeId: 'bench_node', baseUrl, costPerRequest: 0.001 };
      message.respond(
        JSON.stringify(ok({ coordinationId, routingDecision: { selectedNode, alternatives: [] } })),
      );
    },
  });
  await connection.flush();
  return connection;
}
