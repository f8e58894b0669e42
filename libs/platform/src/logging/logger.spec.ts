import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { Correlation } from '../correlation.js';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';

describe('the log', () => {
  let lines: Record<string, unknown>[] = [];
  const logger = createLogger(
    'probe',
    { logLevel: 'info', replicaId: 'r-1' },
    {
      write: (line: string) => void lines.push(JSON.parse(line) as Record<string, unknown>),
    },
  );
  beforeEach(() => (lines = []));

  it('carries app, replica and the correlation id of the work, through what the work awaits', async () => {
    await Correlation.run('c-7', async () => {
      await Promise.resolve();
      logger.info('inside');
    });
    logger.info('outside');
    assert.deepEqual([lines[0]?.['correlationId'], lines[1]?.['correlationId']], ['c-7', undefined]);
    assert.deepEqual(
      [lines[0]?.['app'], lines[0]?.['replicaId'], lines[0]?.['level']],
      ['probe', 'r-1', 'info'],
    );
  });

  it('keeps a correlation id that a line names itself', () => {
    Correlation.run('of the context', () => logger.info({ correlationId: 'of the line' }, 'x'));
    assert.equal(lines[0]?.['correlationId'], 'of the line');
  });

  it('redacts secrets and authorization headers', () => {
    logger.info({
      secret: 'hunter2',
      node: { secret: 'hunter2' },
      req: { headers: { authorization: 'hunter2' } },
    });
    assert.ok(!JSON.stringify(lines).includes('hunter2'));
  });

  it('takes what Nest says: context, stack, and start-up detail at debug', () => {
    const nest = new NestLogger(logger);
    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.warn('careful', 'Recorder');
    nest.error('broken', 'Error: broken\n    at here', 'Recorder');
    nest.error(new Error('thrown'), 'Recorder');
    const seen = lines.map(({ level, context, msg }) => ({ level, context, msg }));
    assert.deepEqual(seen, [
      { level: 'warn', context: 'Recorder', msg: 'careful' },
      { level: 'error', context: 'Recorder', msg: 'broken' },
      { level: 'error', context: 'Recorder', msg: 'thrown' },
    ]);
    assert.match(String(lines[1]?.['stack']), /at here/);
  });
});
