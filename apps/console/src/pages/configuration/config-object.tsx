import { Alert, Button, Group, Paper, Stack, Text } from '@mantine/core';
import type { NodeConfig, ServiceName } from '@signalbox/contracts';
import { IconInfoCircle, IconPencil } from '@tabler/icons-react';
import { useApi } from '../../api/use-api';
import { Answer } from '../../parts/answer';
import { Section } from '../../parts/page';
import { serviceTitle } from '../../parts/services';
import { Time } from '../../parts/time';
import { useMayChange } from '../../session/may';
import { useDraft } from './drafts';
import { Editor } from './editor';
import type { Body } from './fields';
import { FieldsView } from './fields-view';
import { SERVICE_KIND, WEBHOOK_SOURCE_KIND, liveOf, type ConfigKind, type Live } from './kinds';
import { NodeTable } from './node-table';
import { Versions } from './versions';
import { WebhookSecrets, type SourceState } from './webhook-secrets';

/** Somebody else's change should be seen before one's own is finished. */
const LOOK_EVERY_MS = 15_000;

interface ConfigObjectProps {
  kind: ConfigKind;
  serviceName: ServiceName;
}

/** One configuration object: as it is live, as it is being changed, and as it was. */
export function ConfigObject({ kind, serviceName }: ConfigObjectProps) {
  const object = `${kind.name}:${serviceName}`;
  const path = kind.path(serviceName);
  const query = useApi<Body>(path, { everyMs: LOOK_EVERY_MS });
  const [draft, setDraft] = useDraft(object);
  const mayChange = useMayChange();

  return (
    <Answer query={query}>
      {(answer) => {
        const live = liveOf(kind, answer);
        return (
          <Stack gap="xl">
            {draft === null ? (
              <Section
                title={`${kind.title} of ${serviceTitle(serviceName)}`}
                about={<Since live={live} />}
                actions={
                  mayChange ? (
                    <Button
                      leftSection={<IconPencil size={16} aria-hidden />}
                      onClick={() => setDraft({ base: live, body: live.body })}
                    >
                      Edit
                    </Button>
                  ) : null
                }
              >
                <Values kind={kind} body={live.body} />
              </Section>
            ) : (
              <Section
                title={`Changing ${kind.title.toLowerCase()} of ${serviceTitle(serviceName)}`}
                about={kind.about}
              >
                <Editor {...{ kind, serviceName, live, draft, setDraft }} />
              </Section>
            )}
            {kind === WEBHOOK_SOURCE_KIND && (
              <WebhookSecrets serviceName={serviceName} source={answer as unknown as SourceState} />
            )}
            <Versions object={object} live={live} path={path} />
          </Stack>
        );
      }}
    </Answer>
  );
}

function Since({ live }: { live: Live }) {
  return (
    <Group gap={4}>
      Version {live.version}, saved <Time iso={live.updatedAt} /> by {live.updatedBy}
    </Group>
  );
}

function Values({ kind, body }: { kind: ConfigKind; body: Body }) {
  const mayChange = useMayChange();
  return (
    <Paper withBorder p="md">
      <Stack gap="lg">
        <Text size="sm" c="dimmed">
          {kind.about}
        </Text>
        <FieldsView groups={kind.groups} body={body} />
        {kind === SERVICE_KIND && <NodeTable nodes={body['nodes'] as NodeConfig[]} />}
        {!mayChange && (
          <Alert color="gray" icon={<IconInfoCircle aria-hidden />}>
            Your role may read the configuration. An admin can change it.
          </Alert>
        )}
      </Stack>
    </Paper>
  );
}
