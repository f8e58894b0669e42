import { LedgerLost, compileRules, type CompiledRules, type RulesSource } from '@signalbox/budgets';
import type { ServiceName } from '@signalbox/contracts';
import type { RedisConnection } from '../redis-connection.js';
import { calendarAt, prefixOf, type Calendar } from './arguments.js';
import type { Script } from './script.js';
import { DISTRUST } from './scripts/restore.js';
import { Script as LuaScript } from './script.js';

export interface Asking {
  compiled: CompiledRules;
  calendar: Calendar;
}

const LOST = 0;
const NOT_NOW = -1;
const MAX_CLOCK_TRIES = 4;
const distrust = new LuaScript(DISTRUST);

/**
 * Runs scripts for a service with the rules and the calendar of the moment. Before the first script on a connection it
 * makes sure that the counts were written on this very run of the server.
 */
export class ServiceScripts {
  private readonly calendars = new Map<ServiceName, { timeZone: string; calendar: Calendar }>();
  /** The server's clock less this process's, as far as a period was missed by it. */
  private offsetMs = 0;
  private connectionCount = 0;
  private runId: Promise<string> | null = null;
  private readonly trusted = new Set<ServiceName>();

  constructor(
    private readonly connection: RedisConnection,
    private readonly rulesOf: RulesSource,
    private readonly nowMs: () => number,
  ) {
    connection.onStateChange((state) => {
      if (state === 'connected') return;
      this.connectionCount += 1;
      this.runId = null;
      this.trusted.clear();
    });
  }

  /** Rejects with LedgerLost, or DEPENDENCY_UNAVAILABLE while Redis is away. */
  async ask(
    serviceName: ServiceName,
    script: Script,
    argumentsOf: (asking: Asking) => (string | number)[],
  ): Promise<{ reply: unknown[]; asking: Asking }> {
    if (!this.trusted.has(serviceName)) await this.trust(serviceName);
    const prefix = prefixOf(serviceName);
    const keys = [`${prefix}book`];
    for (let tries = 0; tries < MAX_CLOCK_TRIES; tries++) {
      const compiled = compileRules(this.rulesOf(serviceName));
      const asking = { compiled, calendar: this.calendarOf(serviceName, compiled) };
      const args = [prefix, ...argumentsOf(asking)];
      const reply = (await this.connection.run((client) => script.run(client, keys, args))) as unknown[];
      if (reply[0] === LOST) throw new LedgerLost(serviceName);
      if (reply[0] !== NOT_NOW) return { reply, asking };
      this.offsetMs = Math.floor(Number(reply[1]) / 1000) - this.nowMs();
    }
    throw new Error(`the clock of Redis falls into no period of ${serviceName}, however often it is asked`);
  }

  /** Runs a script that needs neither rules nor a trusted server. */
  async run(serviceName: ServiceName, script: Script, args: (string | number)[]): Promise<unknown> {
    const prefix = prefixOf(serviceName);
    return this.connection.run((client) => script.run(client, [`${prefix}book`], [prefix, ...args]));
  }

  /** Names this run of the server; another one may lack what this one acknowledged. */
  async serverRun(): Promise<string> {
    this.runId ??= this.connection.run(async (client) => {
      const info = await client.info('server');
      return /^run_id:(\w+)/m.exec(info)?.[1] ?? 'unknown';
    });
    try {
      return await this.runId;
    } catch (error) {
      this.runId = null;
      throw error;
    }
  }

  private async trust(serviceName: ServiceName): Promise<void> {
    const asked = this.connectionCount;
    const runId = await this.serverRun();
    await this.connection.run((client) => distrust.run(client, [`${prefixOf(serviceName)}book`], [runId]));
    // Else the connection was lost meanwhile, and what answered may be another server than the next one.
    if (asked === this.connectionCount) this.trusted.add(serviceName);
  }

  private calendarOf(serviceName: ServiceName, { rules }: CompiledRules): Calendar {
    const nowMs = this.nowMs() + this.offsetMs;
    const { timeZone } = rules.budget;
    const known = this.calendars.get(serviceName);
    if (
      known?.timeZone === timeZone &&
      known.calendar.startsAtMs <= nowMs &&
      nowMs < known.calendar.endsAtMs
    ) {
      return known.calendar;
    }
    const calendar = calendarAt(nowMs, timeZone);
    this.calendars.set(serviceName, { timeZone, calendar });
    return calendar;
  }
}
