import 'reflect-metadata';
import { host, hostTogether } from '@signalbox/hosting';
import { bootstrap } from '@signalbox/platform';
import { routingCoordinator } from '@signalbox/routing-coordinator';
import { apps } from '@signalbox/standalone';

// The demo's own coordinator goes when the demo does, however that ends.
process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
await bootstrap(process.argv.includes('--all') ? hostTogether('demo', apps) : host(routingCoordinator));
