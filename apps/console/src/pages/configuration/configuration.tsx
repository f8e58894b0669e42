import { Badge, NativeSelect, ScrollArea, SegmentedControl, Stack, Tabs } from '@mantine/core';
import { SERVICE_NAMES, type ServiceName } from '@signalbox/contracts';
import { useNavigate, useParams } from 'react-router';
import { Page } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { useClaims } from '../../session/session';
import { ConfigObject } from './config-object';
import { Credentials } from './credentials';
import { isChanged, useDraft } from './drafts';
import { KINDS } from './kinds';
import { Revocations } from './revocations';

const CREDENTIALS = 'credentials';
const REVOCATIONS = 'revoked-tokens';

/** What Signalbox goes by, and who may talk to it. The address names what is shown: `/configuration/budget/stripe`. */
export default function Configuration() {
  const { '*': place = '' } = useParams();
  const navigate = useNavigate();
  const { services } = useClaims();
  const choices = services ?? [...SERVICE_NAMES];
  const [wantedTab, wantedService] = place.split('/');
  const kind = KINDS.find(({ name }) => name === wantedTab);
  const tab = kind?.name ?? (wantedTab === CREDENTIALS || wantedTab === REVOCATIONS ? wantedTab : 'service');
  const serviceName = choices.find((name) => name === wantedService) ?? choices[0] ?? 'stripe';
  const go = (toTab: string, toService: string) => void navigate(`/configuration/${toTab}/${toService}`);
  const shown = KINDS.find(({ name }) => name === tab);

  return (
    <Page
      title="Configuration"
      about="Each change is checked whole, kept as a version, audited, and live on every replica within a second."
    >
      <Tabs value={tab} onChange={(next) => go(next ?? 'service', serviceName)}>
        <ScrollArea type="never" offsetScrollbars={false}>
          <Tabs.List style={{ flexWrap: 'nowrap', width: 'max-content', minWidth: '100%' }}>
            {KINDS.map(({ name, title }) => (
              <Tabs.Tab
                key={name}
                value={name}
                rightSection={<DraftMark object={`${name}:${serviceName}`} />}
              >
                {title}
              </Tabs.Tab>
            ))}
            <Tabs.Tab value={CREDENTIALS}>Credentials</Tabs.Tab>
            <Tabs.Tab value={REVOCATIONS}>Revoked tokens</Tabs.Tab>
          </Tabs.List>
        </ScrollArea>
        <Tabs.Panel value={tab} pt="lg">
          <Stack gap="lg">
            {tab !== REVOCATIONS && (
              <ServicePicker choices={choices} chosen={serviceName} onChoose={(name) => go(tab, name)} />
            )}
            {shown !== undefined && (
              <ConfigObject key={`${tab}:${serviceName}`} kind={shown} serviceName={serviceName} />
            )}
            {tab === CREDENTIALS && <Credentials key={serviceName} serviceName={serviceName} />}
            {tab === REVOCATIONS && <Revocations />}
          </Stack>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function DraftMark({ object }: { object: string }) {
  const [draft] = useDraft(object);
  if (draft === null || !isChanged(draft)) return null;
  return (
    <Badge size="xs" color="yellow" variant="light">
      draft
    </Badge>
  );
}

interface ServicePickerProps {
  choices: readonly ServiceName[];
  chosen: ServiceName;
  onChoose: (serviceName: ServiceName) => void;
}

function ServicePicker({ choices, chosen, onChoose }: ServicePickerProps) {
  return (
    <>
      <NativeSelect
        hiddenFrom="sm"
        label="Service"
        data={choices.map((value) => ({ value, label: serviceTitle(value) }))}
        value={chosen}
        onChange={({ currentTarget }) => onChoose(currentTarget.value as ServiceName)}
      />
      <SegmentedControl
        visibleFrom="sm"
        aria-label="Service"
        data={choices.map((value) => ({ value, label: serviceTitle(value) }))}
        value={chosen}
        onChange={(name) => onChoose(name)}
        style={{ alignSelf: 'flex-start' }}
      />
    </>
  );
}
