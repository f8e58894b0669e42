import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { findBinaries } from '@signalbox/dev-stack';
import { eventually } from '@signalbox/testkit';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
/** Where pictures go when somebody wants to look at them. */
const { SCREENSHOTS } = process.env;
/** For each thing waited for, and for the browser itself: a machine that has other things to do is slow. */
const PATIENCE_MS = 60_000;

/** Chromium's program, or why there is none: then tests with a browser are skipped, and say so. */
export const chromiumProgram = await findBinaries(['chromium'], () => undefined).then(
  (found) => ({ path: found.get('chromium') ?? '', missing: false as const }),
  (error: Error) => ({ path: '', missing: error.message.split('\n')[0] ?? 'no Chromium' }),
);

export interface Pages {
  /** A page of its own session, gone after the tests. Whatever breaks in it fails the test that calls `assertSound`. */
  open(url: string, options?: BrowserContextOptions): Promise<OpenPage>;
}

export interface OpenPage {
  page: Page;
  /** Nothing was thrown in the page, and nothing blocked by its own policy. */
  assertSound: () => void;
}

/** One browser for the tests of the `describe` this is called in. */
export function withBrowser(): Pages {
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({
      executablePath: chromiumProgram.path,
      timeout: PATIENCE_MS,
      // Tests run as root in containers, where Chromium's own sandbox does not start.
      args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
  });
  after(() => browser?.close());
  return {
    async open(url, options = {}) {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
      // Before the page's own scripts, which its policy does not bind.
      await context.addInitScript({ path: AXE });
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      const broken: string[] = [];
      page.on('pageerror', (error) => broken.push(String(error)));
      page.on('console', (message) => {
        if (message.type() === 'error' && /Content Security Policy|React/.test(message.text())) {
          broken.push(message.text());
        }
      });
      await page.goto(url);
      return { page, assertSound: () => assert.deepEqual(broken, []) };
    },
  };
}

interface Violation {
  id: string;
  impact: string | null;
  help: string;
  nodes: { target: string[]; failureSummary: string }[];
}

const RUN_AXE = `axe.run(document, {
  runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] },
  resultTypes: ['violations'],
}).then(({ violations }) => violations)`;

/** Everything is loaded, dialogs are there to be seen, and nothing is on its way in or out. What spins for ever may. */
const IS_AT_REST = `
  document.querySelector('[aria-busy=true]') === null &&
  [...document.querySelectorAll('[role=dialog]')].every((one) => one.checkVisibility({ opacityProperty: true })) &&
  document.getAnimations().every(
    ({ playState, effect }) => playState !== 'running' || effect.getComputedTiming().endTime === Infinity,
  )`;

/**
 * WCAG 2.1 A and AA by axe, as far as a program can tell: of the page at rest, because the colours of what fades in are
 * none that anybody reads.
 */
export async function assertAccessible(page: Page, what: string): Promise<void> {
  await eventually(async () => assert.ok(await page.evaluate(IS_AT_REST), `${what} does not come to rest`));
  const violations = await page.evaluate<Violation[]>(RUN_AXE);
  const said = violations.map(
    ({ id, help, nodes }) =>
      `${id}: ${help} (${nodes
        .slice(0, 3)
        .map(({ target }) => target.join(' '))
        .join('; ')})`,
  );
  assert.deepEqual(said, [], `${what} is not accessible`);
}

export async function picture(page: Page, name: string): Promise<void> {
  if (!SCREENSHOTS) return;
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}
