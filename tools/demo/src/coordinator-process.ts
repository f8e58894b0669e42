import 'reflect-metadata';
import { host } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { routingCoordinator } from '@signalbox/routing-coordinator';

// The demo's own coordinator goes when the demo does, however that ends.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
await bootstrap(host(routingCoordinator));
