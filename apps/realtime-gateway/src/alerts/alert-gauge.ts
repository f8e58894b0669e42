import { Injectable } from '@nestjs/common';
import { ALERT_SEVERITIES } from '@signalbox/contracts';
import { Metrics } from '@signalbox/platform';
import { inTime } from '../reports/last-known.js';
import { Alerts } from './alerts.js';

/** What stands, for whoever pages people: no figure while nobody knows. */
@Injectable()
export class AlertGauge {
  constructor(metrics: Metrics, alerts: Alerts) {
    metrics.gauge({
      name: 'signalbox_alerts_standing',
      help: 'Alerts of the whole fleet that are open or acknowledged, by severity',
      labelNames: ['severity'],
      async collect() {
        this.reset();
        const standing = await inTime(alerts.standing(() => true)).catch(() => null);
        if (standing === null) return;
        for (const severity of ALERT_SEVERITIES) this.set({ severity }, standing[severity]);
      },
    });
  }
}
