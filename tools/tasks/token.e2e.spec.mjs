import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { ROOT } from './paths.mjs';

function token(...args) {
  const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] };
  return spawnSync('npm', ['run', '-s', 'token', '--', ...args], options);
}

describe('npm run -s token', () => {
  it('prints the token that was asked for and nothing else, for a shell to take', () => {
    const { stdout, status } = token(
      '--role',
      'service',
      '--services',
      'stripe,maps',
      '--subject',
      'me',
      '--ttl',
      '1h',
    );
    assert.equal(status, 0);
    assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+\n$/);
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1], 'base64url').toString());
    assert.deepEqual([claims.role, claims.services, claims.sub], ['service', ['stripe', 'maps'], 'me']);
    assert.equal(claims.exp - claims.iat, 3600);
  });

  for (const args of [[], ['--role', 'user', '--services', 'fax']]) {
    it(`prints no token for ${args.join(' ') || 'no role'}, and says why`, () => {
      const { stdout, stderr, status } = token(...args);
      assert.deepEqual([stdout, status], ['', 1]);
      assert.match(stderr, /usage|unknown service/);
    });
  }
});
