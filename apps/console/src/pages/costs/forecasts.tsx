import { Grid, SegmentedControl, Select, SimpleGrid, Stack, Text } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import type { CostAnalysis, ForecastBacktest, ServiceForecast, ServiceName } from '@signalbox/contracts';
import { useState } from 'react';
import { useApi } from '../../api/use-api';
import { Figure } from '../../parts/amounts';
import { Answer, Nothing } from '../../parts/answer';
import { LineChart, type ChartPoint } from '../../parts/charts';
import { count, dollars, NOT_MEASURED, percent } from '../../parts/figures';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { whyNoForecast } from './words';

/** What is to come, with what it lies between, and how such forecasts of the past would have done. */
export function Forecasts() {
  const analysis = useApi<CostAnalysis>('/stream-b-coordination/cost/analysis', { everyMs: 120_000 });
  const [chosen, setChosen] = useState<ServiceName | null>(null);
  const narrow = useMediaQuery('(max-width: 48em)');
  const services = Object.keys(analysis.data?.forecasts ?? {}) as ServiceName[];
  const choices = services.map((value) => ({ value, label: serviceTitle(value) }));
  const shown = chosen ?? services.find((name) => isThere(analysis.data?.forecasts[name])) ?? services[0];
  return (
    <Section
      title="Forecasts"
      about="Calls of the next hours and spend by the end of the day, from the profile of the hours and the days of the week."
      actions={
        shown === undefined ? undefined : narrow === true ? (
          <Select
            size="xs"
            aria-label="Service"
            data={choices}
            value={shown}
            allowDeselect={false}
            onChange={(name) => setChosen(name)}
          />
        ) : (
          <SegmentedControl
            size="xs"
            aria-label="Service"
            data={choices}
            value={shown}
            onChange={(name) => setChosen(name)}
          />
        )
      }
    >
      <Answer query={analysis}>
        {({ forecasts }) => {
          const forecast = shown === undefined ? undefined : forecasts[shown];
          return shown === undefined || forecast === undefined ? (
            <Nothing>There is no service to forecast.</Nothing>
          ) : (
            <Forecast serviceName={shown} forecast={forecast} />
          );
        }}
      </Answer>
    </Section>
  );
}

function isThere(forecast: ServiceForecast | undefined): boolean {
  return forecast !== undefined && (forecast.load !== null || forecast.spend.day !== null);
}

function Forecast({ serviceName, forecast }: { serviceName: ServiceName; forecast: ServiceForecast }) {
  const { load, spend, backtests, unavailable } = forecast;
  if (load === null && spend.day === null && spend.month === null) {
    return (
      <Nothing>
        No forecast of {serviceTitle(serviceName)} yet: {whyNoForecast(unavailable)}.
      </Nothing>
    );
  }
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, lg: 8 }}>
        {load === null ? (
          <Nothing>No forecast of its calls: {whyNoForecast(unavailable)}.</Nothing>
        ) : (
          <LineChart
            label={`Calls of ${serviceTitle(serviceName)} expected in each of the next ${load.hours.length} hours`}
            data={load.hours.map(pointOf)}
            lines={[{ name: 'calls', title: 'Expected calls an hour', color: 'blue.6' }]}
            bands={[
              { name: 'in95', title: '95 of 100 cases', color: 'blue.3' },
              { name: 'in80', title: '80 of 100 cases', color: 'blue.5' },
            ]}
            measure="Calls an hour"
            format={(value) => count(Math.round(value))}
          />
        )}
      </Grid.Col>
      <Grid.Col span={{ base: 12, lg: 4 }}>
        <Stack gap="lg">
          <SimpleGrid cols={2}>
            <Spend title="End of the day" spend={spend.day} why={whyNoForecast(unavailable)} />
            <Spend title="End of the month" spend={spend.month} why={whyNoForecast(unavailable)} />
          </SimpleGrid>
          <Backtest title="Back-test of spend an hour" backtest={backtests.spendPerHour} />
          <Backtest title="Back-test of calls an hour" backtest={backtests.callsPerHour} />
          {load !== null && (
            <Text size="xs" c="dimmed">
              {load.method}, from {count(load.basedOnHours)} hours measured
            </Text>
          )}
        </Stack>
      </Grid.Col>
    </Grid>
  );
}

function pointOf({
  at,
  calls,
  interval80,
  interval95,
}: NonNullable<ServiceForecast['load']>['hours'][number]): ChartPoint {
  return {
    at,
    calls,
    in80: [Math.max(0, interval80.lower), interval80.upper],
    in95: [Math.max(0, interval95.lower), interval95.upper],
  };
}

function Spend({
  title,
  spend,
  why,
}: {
  title: string;
  spend: ServiceForecast['spend']['day'];
  why: string;
}) {
  return (
    <div>
      <Figure
        label={title}
        value={dollars(spend?.expectedUsd)}
        size="xl"
        why={spend === null ? why : spend.method}
      />
      {spend !== null && (
        <Text size="xs" c="dimmed">
          80 %: {dollars(spend.interval80.lower)} to {dollars(spend.interval80.upper)}
          <br />
          95 %: {dollars(spend.interval95.lower)} to {dollars(spend.interval95.upper)}
        </Text>
      )}
    </div>
  );
}

function Backtest({ title, backtest }: { title: string; backtest: ForecastBacktest | null }) {
  return (
    <div>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      {backtest === null ? (
        <Text size="xs" c="dimmed">
          Not yet: it takes more hours than a forecast does.
        </Text>
      ) : (
        <>
          <SimpleGrid cols={4} spacing="xs">
            <Figure
              label="Error"
              value={percent(backtest.wape)}
              size="sm"
              why="Weighted: the sum of what the forecasts were off by, of the sum of what came (WAPE)"
            />
            <Figure
              label="MASE"
              value={backtest.mase === null ? NOT_MEASURED : backtest.mase.toFixed(2)}
              size="sm"
              why="Beside saying that every hour will be as the same hour of the day or week before; below 1 is better than that"
            />
            <Figure
              label="In 80 %"
              value={percent(backtest.coverage80)}
              size="sm"
              why="How many of the hours came to lie inside the 80 % band"
            />
            <Figure
              label="In 95 %"
              value={percent(backtest.coverage95)}
              size="sm"
              why="How many of the hours came to lie inside the 95 % band"
            />
          </SimpleGrid>
          <Text size="xs" c="dimmed">
            {count(backtest.origins)} forecasts of {backtest.horizonHours} h, {count(backtest.compared)} hours
            compared
          </Text>
        </>
      )}
    </div>
  );
}
