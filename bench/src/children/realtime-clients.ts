import { LatencySketch } from '@signalbox/statistics';
import { WebSocket } from 'ws';

/**
 * Many pages in one process, speaking just enough of Engine.IO and Socket.IO to subscribe, and reading the time of each
 * message without parsing it: the load generator must cost less than what it measures.
 */
const url = (process.env.TARGET_URL ?? '').replace('http', 'ws');
const token = process.env.TOKEN ?? '';
const room = process.env.ROOM ?? 'coordination';
const count = Number(process.env.CLIENTS);

/** Holds all that is looked at: what follows is padding. */
const HEAD_BYTES = 320;

let normal = new LatencySketch();
let critical = new LatencySketch();
const sockets: WebSocket[] = [];

await joinAll();

process.on('message', (question) => {
  if (question === 'joinAgain') void joinAll().then(() => process.send?.({ joinAgain: { clients: count } }));
  if (question === 'reset') [normal, critical] = [new LatencySketch(), new LatencySketch()];
  if (question === 'figures')
    process.send?.({ figures: { normal: figuresOf(normal), critical: figuresOf(critical) } });
});
process.on('SIGTERM', () => {
  for (const socket of sockets) socket.terminate();
  process.exit(0);
});
process.send?.({ ready: { clients: count } });

function figuresOf(sketch: LatencySketch) {
  return { received: sketch.count, p50Ms: sketch.quantile(0.5), p99Ms: sketch.quantile(0.99) };
}

async function joinAll(): Promise<void> {
  await Promise.all(Array.from({ length: count }, () => join()));
}

function join(): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`${url}/socket.io/?EIO=4&transport=websocket`, { perMessageDeflate: false });
    sockets.push(socket);
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1', 0, HEAD_BYTES);
      if (text.startsWith('42/realtime,')) received(text);
      else if (text === '2') socket.send('3');
      else if (text.startsWith('0')) socket.send(`40/realtime,${JSON.stringify({ token })}`);
      else if (text.startsWith('40/realtime,')) {
        socket.send(`42/realtime,0["subscribe",${JSON.stringify({ rooms: [room] })}]`);
      } else if (text.startsWith('43/realtime,0')) resolve();
      else if (text.startsWith('44/realtime,')) reject(new Error(text));
    });
  });
}

function received(text: string): void {
  const at = text.indexOf('"sentAtMs":');
  if (at < 0) return;
  const sentAtMs = Number.parseFloat(text.slice(at + 11, at + 31));
  const sketch = text.includes('"critical"') ? critical : normal;
  sketch.add(performance.timeOrigin + performance.now() - sentAtMs);
}
