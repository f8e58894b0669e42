import Type from 'typebox';
import { bootstrap } from '../bootstrap.js';
import { ProbeModule } from './probe-app.js';

/** The probe app as a process of its own, for the specs that send it signals. */
await bootstrap(
  { name: 'probe', settings: Type.Object({}), module: () => ProbeModule },
  process.env,
  async () => {
    process.stdout.write('everything closed\n');
  },
);
