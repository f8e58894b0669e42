import { DECISIONS_REQUEST } from '@signalbox/contracts';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { median } from './http.js';

export interface NatsFigures {
  inFlight: number;
  perSecond: number;
  echoPerSecond: number;
  ratio: number;
}

const ROUND_MS = 3_000;
const ROUNDS = 3;

/** `decisions.request` beside a bare echo of the same payloads on the same server, in turns. */
export async function natsFigures(natsUrl: string, body: string, inFlight: number): Promise<NatsFigures> {
  const connection = await connect({ servers: natsUrl });
  try {
    const rounds: { ours: number; echo: number }[] = [];
    await ask(connection, DECISIONS_REQUEST, body, inFlight, 1_000);
    await ask(connection, 'bench.echo', body, inFlight, 1_000);
    for (let round = 0; round < ROUNDS; round++) {
      const echo = await ask(connection, 'bench.echo', body, inFlight, ROUND_MS);
      rounds.push({ echo, ours: await ask(connection, DECISIONS_REQUEST, body, inFlight, ROUND_MS) });
    }
    return {
      inFlight,
      perSecond: Math.round(median(rounds.map((round) => round.ours))),
      echoPerSecond: Math.round(median(rounds.map((round) => round.echo))),
      ratio: median(rounds.map((round) => round.ours / round.echo)),
    };
  } finally {
    await connection.close();
  }
}

/** Requests a second. */
async function ask(
  connection: NatsConnection,
  subject: string,
  body: string,
  inFlight: number,
  durationMs: number,
): Promise<number> {
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;
  let answered = 0;
  const asker = async (): Promise<void> => {
    while (performance.now() < endMs) {
      const answer = await connection.request(subject, body, { timeout: 5_000 });
      const { success } = answer.json<{ success: boolean }>();
      if (!success) throw new Error(`${subject} answered ${answer.string()}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, asker));
  return answered / ((performance.now() - startedMs) / 1000);
}
