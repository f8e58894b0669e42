import { parseArgs } from 'node:util';
import { ROLES, SERVICE_NAMES } from '@signalbox/contracts';
import { PlatformSettingsSchema, issueDevelopmentToken, loadSettings } from '@signalbox/platform';
import { Failure } from './child.mjs';

const USAGE =
  `usage: npm run -s token -- --role ${ROLES.join('|')} ` +
  '[--services stripe,maps] [--subject name] [--ttl 30m|1h|7d]';
const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400 };

/** Prints a token that a server with this environment accepts, and nothing else. */
export async function token(args) {
  const request = parse(args);
  const issued = await issueDevelopmentToken(
    request,
    loadSettings(PlatformSettingsSchema, process.env),
  ).catch((error) => {
    throw new Failure(error.message);
  });
  console.log(issued);
}

function parse(args) {
  const { role, services, subject, ttl } = valuesOf(args);
  if (!ROLES.includes(role)) throw new Failure(USAGE);
  return {
    role,
    ...(services === undefined ? {} : { services: serviceNames(services) }),
    ...(subject === undefined ? {} : { subject }),
    ...(ttl === undefined ? {} : { ttlSeconds: seconds(ttl) }),
  };
}

function valuesOf(args) {
  const text = { type: 'string' };
  try {
    return parseArgs({ args, options: { role: text, services: text, subject: text, ttl: text } }).values;
  } catch (error) {
    throw new Failure(`${error.message}\n${USAGE}`);
  }
}

function serviceNames(list) {
  const names = list.split(',');
  const unknown = names.filter((name) => !SERVICE_NAMES.includes(name));
  if (unknown.length === 0) return names;
  throw new Failure(`unknown service ${unknown.join(', ')}: there are ${SERVICE_NAMES.join(', ')}`);
}

function seconds(text) {
  const [, count, unit] = /^([1-9]\d{0,5})([smhd])$/.exec(text) ?? [];
  if (unit === undefined) throw new Failure(USAGE);
  return Number(count) * SECONDS[unit];
}
