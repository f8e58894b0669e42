import { ActionIcon, Anchor, Code, CopyButton, Drawer, Group, Stack, Table } from '@mantine/core';
import { diffConfig } from '@signalbox/catalog';
import type { AuditEntry } from '@signalbox/contracts';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Differences } from '../../parts/differences';
import { Section } from '../../parts/page';
import { Time } from '../../parts/time';
import { useFocusBack } from '../../parts/use-focus-back';

/** Objects that have a page of versions. */
const VERSIONED = /^(service|budget|rate-limit|batch-policy|webhook-source|alert-thresholds):([a-z]+)$/;

/** One change, whole. */
export function AuditDrawer({ entry, onClose }: { entry: AuditEntry; onClose: () => void }) {
  const { at, actor, role, action, object, before, after, correlationId } = entry;
  const [, kind, serviceName] = VERSIONED.exec(object) ?? [];
  useFocusBack();
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={`${action} on ${object}`}>
      <Stack gap="lg">
        <Table variant="vertical" withTableBorder aria-label="The change">
          <Table.Tbody>
            <Row name="When">
              {new Date(at).toLocaleString('en-GB')}, <Time iso={at} />
            </Row>
            <Row name="Who">
              {actor}, as {role}
            </Row>
            <Row name="Object">
              {kind === undefined || serviceName === undefined ? (
                object
              ) : (
                <Anchor component={Link} to={`/configuration/${kind}/${serviceName}`} size="sm">
                  {object} and its versions
                </Anchor>
              )}
            </Row>
            <Row name="Correlation id">
              <Group gap={4} wrap="nowrap">
                <Code style={{ overflowWrap: 'anywhere' }}>{correlationId}</Code>
                <Copy text={correlationId} />
              </Group>
            </Row>
          </Table.Tbody>
        </Table>
        <Section title="What changed">
          <Differences
            changes={before === null || after === null ? whole(before, after) : diffConfig(before, after)}
            none={
              before === null && after === null
                ? 'No values were recorded with it.'
                : 'The values before and after are the same.'
            }
          />
        </Section>
      </Stack>
    </Drawer>
  );
}

/** Something that is new, or gone, as one. */
function whole(before: unknown, after: unknown) {
  if (before === null && after === null) return [];
  return [{ path: '', ...(before === null ? {} : { before }), ...(after === null ? {} : { after }) }];
}

function Row({ name, children }: { name: string; children: ReactNode }) {
  return (
    <Table.Tr>
      <Table.Th w={130}>{name}</Table.Th>
      <Table.Td>{children}</Table.Td>
    </Table.Tr>
  );
}

function Copy({ text }: { text: string }) {
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <ActionIcon
          variant="subtle"
          onClick={copy}
          aria-label={copied ? 'Copied' : 'Copy the correlation id'}
          title="The log lines of the request carry it"
        >
          {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        </ActionIcon>
      )}
    </CopyButton>
  );
}
