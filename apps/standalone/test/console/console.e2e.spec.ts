import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { SERVICE_NAMES, type Budget, type WebhookEventDetail } from '@signalbox/contracts';
import { tokenOf } from '@signalbox/hosting/testing';
import { eventually } from '@signalbox/testkit';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { assertAccessible, chromiumProgram, picture, withBrowser, type OpenPage } from './browser.js';
import { withWorld } from './world.js';

/** In the order of the menu. */
const PAGES = {
  Overview: '/',
  Routing: '/routing',
  Costs: '/costs',
  Batching: '/batching',
  Webhooks: '/webhooks',
  Alerts: '/alerts',
  Participants: '/participants',
  Configuration: '/configuration',
  Audit: '/audit',
} as const;

const SECRET = `whsec_${'walk'.repeat(8)}`;
const PRIMARY = 'Stripe Primary (US East)';
const STRIPE_NODES = ['stripe_primary_us_east', 'stripe_secondary_us_west'];

describe('the console', { skip: chromiumProgram.missing }, () => {
  const browser = withBrowser();
  const world = withWorld();

  const signIn = async (page: Page, token: string): Promise<void> => {
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  };
  const openAs = async (
    role: 'admin' | 'manager' | 'user',
    options: BrowserContextOptions = {},
  ): Promise<OpenPage> => {
    const opened = await browser.open(world.url, options);
    await signIn(opened.page, await tokenOf({ role }));
    return opened;
  };
  const go = async (page: Page, title: keyof typeof PAGES): Promise<void> => {
    // Lists stand still under the pointer: it must not lie where something was clicked on the page before.
    await page.mouse.move(0, 0);
    await page.goto(`${world.url}/#${PAGES[title]}`);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
  };
  const isLive = (page: Page) => page.getByRole('status', { name: 'Live connection: live' }).waitFor();

  it('lets nobody in without a token that the server takes', async () => {
    const { page, assertSound } = await browser.open(world.url);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    await assertAccessible(page, 'the sign-in');
    await page.getByLabel('Token').fill(await tokenOf({ role: 'admin', expiresInSeconds: -60 }));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText(/token is not taken/i).waitFor();
    assert.equal(await page.getByRole('heading', { name: 'Overview' }).count(), 0);
    assertSound();
  });

  it('shows the six services and a live connection to whoever signs in, and keeps changes from who may only read', async () => {
    const { page, assertSound } = await openAs('user');
    const services = page.getByRole('region', { name: 'Services' });
    await eventually(async () =>
      assert.equal(await services.getByRole('article').count(), SERVICE_NAMES.length),
    );
    await isLive(page);
    await go(page, 'Routing');
    await page.getByRole('region', { name: 'Stripe' }).waitFor();
    assert.equal(await page.getByRole('button', { name: /Emergency override/ }).count(), 0);
    assert.equal(await page.getByRole('button', { name: /^Actions on/ }).count(), 0);
    assertSound();
  });

  describe('as an admin walks through it', () => {
    let page: Page;
    let assertSound: () => void;
    before(async () => {
      ({ page, assertSound } = await openAs('admin'));
    });

    it('shows a decision as it is made, and why its node was chosen', async () => {
      await go(page, 'Routing');
      await isLive(page);
      await page.getByRole('region', { name: 'Stripe' }).waitFor();
      assert.ok(await world.pay());
      const decision = page.getByRole('region', { name: 'Decisions' }).getByRole('link').first();
      await decision.waitFor();
      assert.match((await decision.textContent()) ?? '', /Stripe.*payment_processing/);
      // Written down a moment later: the page says so, and then has it.
      const address = await decision.getAttribute('href');
      await decision.click();
      const why = page.getByRole('dialog', { name: 'Why this node' });
      await why.getByText('Stripe Secondary (US West)').first().waitFor();
      await why
        .getByRole('region', { name: 'Excluded nodes' })
        .getByText('Stripe Premium Emergency')
        .waitFor();
      await assertAccessible(page, 'why a node was chosen');
      await picture(page, 'why-this-node');
      await page.keyboard.press('Escape');
      await why.waitFor({ state: 'detached' });
      await eventually(async () =>
        assert.equal(await page.evaluate("document.activeElement.getAttribute('href')"), address),
      );
      assertSound();
    });

    it('shows an outage as an open circuit, and an alert that can be acknowledged', async () => {
      // Both: with one of them well, routing leaves the other alone before its circuit has to.
      for (const nodeId of STRIPE_NODES) await world.providers.apply(nodeId, { kind: 'down' });
      await go(page, 'Routing');
      const node = page.getByRole('row').filter({ hasText: PRIMARY });
      await eventually(async () => {
        await world.pay();
        assert.match((await node.textContent()) ?? '', /open/);
      });
      await picture(page, 'routing-outage');
      await go(page, 'Alerts');
      const alert = page.getByRole('listitem', { name: /The circuit of stripe_primary_us_east/ });
      await alert.getByRole('button', { name: /^Acknowledge/ }).click();
      const asked = page.getByRole('dialog', { name: /Acknowledge this alert/ });
      await asked.getByLabel('Comment').fill('The provider is told');
      await asked.getByRole('button', { name: /^Acknowledge/ }).click();
      await asked.waitFor({ state: 'detached' });
      await page
        .getByRole('list', { name: /Acknowledged/ })
        .getByText(/The circuit of stripe_primary_us_east/)
        .first()
        .waitFor();
      for (const nodeId of STRIPE_NODES) await world.providers.clear(nodeId);
      assertSound();
    });

    it('makes an emergency override after it has said what that will do, and ends it', async () => {
      await go(page, 'Routing');
      await page.getByRole('button', { name: /Emergency override/ }).click();
      const form = page.getByRole('dialog', { name: 'Emergency override' });
      await form.getByRole('combobox', { name: 'Service' }).or(form.getByLabel('Service')).first().click();
      await page.getByRole('option', { name: 'Stripe' }).click();
      await form.getByRole('button', { name: 'See what it will do' }).click();
      await form.getByText('Must be more than $0').waitFor();
      await form.getByLabel('Amount past the budget').fill('5');
      await form.getByLabel('Minutes').fill('5');
      await form.getByLabel('Reason').fill('Both ordinary nodes fail');
      await form.getByLabel('Justification').fill('Each payment that fails is lost revenue');
      await form.getByRole('button', { name: 'See what it will do' }).click();
      await form.getByText(/may spend up to \$5/).waitFor();
      await form.getByRole('button', { name: 'Activate the override' }).click();
      await form.waitFor({ state: 'detached' });
      await page.getByText('Emergency override of Stripe').first().waitFor();
      await picture(page, 'routing-override');
      await page.getByRole('button', { name: 'End the override of Stripe' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'End the override' }).click();
      await page.getByRole('button', { name: 'End the override of Stripe' }).waitFor({ state: 'detached' });
      assertSound();
    });

    it('changes a budget after it has shown what changes, and rolls it back', async () => {
      await page.goto(`${world.url}/#/configuration/budget/maps`);
      const before = await dailyBudgetOfMaps();
      const shown = page.getByRole('region', { name: 'Budget of Maps' });
      await shown.getByRole('row', { name: `A day $${before.toFixed(2)}` }).waitFor();
      await shown.getByRole('button', { name: 'Edit' }).click();
      await shown.getByLabel('A day').fill('55');
      await shown.getByRole('button', { name: /^Review/ }).click();
      const review = page.getByRole('dialog', { name: /Budget of Maps/ });
      await review.getByLabel('Comment').fill('A campaign needs more addresses');
      await assertAccessible(page, 'the review of a change');
      await picture(page, 'configuration-review');
      await review.getByRole('button', { name: /^Save version/ }).click();
      await review.waitFor({ state: 'detached' });
      await eventually(async () => assert.equal(await dailyBudgetOfMaps(), 55));

      await page.getByRole('button', { name: 'Roll back to version 1' }).click();
      const back = page.getByRole('dialog');
      await back.getByRole('button', { name: 'Roll back to version 1' }).click();
      await back.waitFor({ state: 'detached' });
      await eventually(async () => assert.equal(await dailyBudgetOfMaps(), before));
      await go(page, 'Audit');
      await page.getByRole('button', { name: 'budget:maps' }).first().waitFor();
      assertSound();
    });

    it('shows a change on the page of audit without being asked', async () => {
      await go(page, 'Audit');
      await page.getByRole('table', { name: 'Changes' }).waitFor();
      const drained = page.getByRole('row').filter({ hasText: 'node.drain' });
      assert.equal(await drained.count(), 0);
      assert.equal((await world.api.post('/admin/nodes/maps_here/drain', {})).status, 200);
      await drained.first().waitFor();
      assert.equal((await world.api.post('/admin/nodes/maps_here/undrain', {})).status, 200);
      assertSound();
    });

    it('replays a webhook, and shows the second run', async () => {
      const source = '/admin/webhook-sources/stripe';
      assert.equal((await world.api.post(`${source}/secrets`, { secret: SECRET })).status, 200);
      await eventually(async () => assert.equal(await deliver('evt_walk'), 200));
      await page.goto(`${world.url}/#/webhooks/events`);
      const event = page.getByRole('link', { name: /^charge\.refunded/ }).first();
      await eventually(async () => {
        const id = /webhook_\d+_[\w-]+/.exec((await event.getAttribute('aria-label')) ?? '')?.[0];
        assert.ok(id !== undefined);
        const { data } = await world.api.get<WebhookEventDetail>(`/external-services/webhook-events/${id}`);
        assert.ok(['processed', 'ignored'].includes(data.state), data.state);
      });
      await event.click();
      await page.getByRole('button', { name: 'Replay' }).click();
      await page
        .getByRole('dialog', { name: 'Replay this event?' })
        .getByRole('button', { name: 'Replay it' })
        .click();
      const attempts = page.getByRole('table', { name: 'Attempts' });
      await eventually(async () => assert.equal(await attempts.getByRole('row').count(), 3));
      await picture(page, 'webhook-replayed');
      assertSound();
    });

    it('says that the connection is gone while the gateway is away, and heals without a reload', async () => {
      await go(page, 'Routing');
      await page.evaluate('window.untouched = true');
      await world.kill();
      await page.getByText('The live connection is gone').waitFor();
      await picture(page, 'connection-lost');
      await world.start();
      await isLive(page);
      const decisions = page.getByRole('region', { name: 'Decisions' }).getByRole('link');
      const known = await decisions.first().getAttribute('href');
      await eventually(async () => {
        await world.pay();
        assert.notEqual(await decisions.first().getAttribute('href'), known);
      });
      assert.equal(await page.evaluate('window.untouched'), true);
      assertSound();
    });
  });

  for (const [colorScheme, width] of [
    ['light', 1440],
    ['dark', 390],
  ] as const) {
    it(`can be read and used on every page, ${colorScheme}, ${width} px wide`, async () => {
      const { page, assertSound } = await openAs('admin', { colorScheme, viewport: { width, height: 900 } });
      for (const title of Object.keys(PAGES) as (keyof typeof PAGES)[]) {
        await go(page, title);
        // A filled button under the pointer has another colour.
        if (title === 'Participants') await page.getByRole('button', { name: 'Send an event' }).hover();
        await assertAccessible(page, `${title}, ${colorScheme}`);
        const overflow = await page.evaluate<number>(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        assert.ok(overflow <= 0, `${title} is ${overflow} px wider than the window`);
        await picture(page, `${title.toLowerCase()}-${colorScheme}-${width}`);
      }
      assertSound();
    });
  }

  async function dailyBudgetOfMaps(): Promise<number> {
    return (await world.api.get<Budget>('/admin/budgets/maps')).data.dailyUsd;
  }

  async function deliver(id: string): Promise<number> {
    const seconds = Math.floor(Date.now() / 1000);
    const object = { id: 'ch_walk', object: 'charge', customer: 'cus_walk' };
    const body = JSON.stringify({ id, type: 'charge.refunded', created: seconds, data: { object } });
    const mac = createHmac('sha256', SECRET).update(`${seconds}.${body}`).digest('hex');
    const response = await fetch(`${world.url}/api/v1/external-services/webhook/stripe`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'stripe-signature': `t=${seconds},v1=${mac}` },
      body,
    });
    await response.arrayBuffer();
    return response.status;
  }
});
