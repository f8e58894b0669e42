import { Alert, Button, Group, List, Paper, Stack, Text } from '@mantine/core';
import { diffConfig } from '@signalbox/catalog';
import type { NodeConfig, ServiceName } from '@signalbox/contracts';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import { fieldErrors } from '../../api/api';
import { useChange } from '../../api/use-change';
import { serviceTitle } from '../../parts/services';
import type { Draft } from './drafts';
import type { Body, FieldGroup } from './fields';
import { FieldsForm } from './fields-form';
import { liveOf, SERVICE_KIND, type ConfigKind, type Live } from './kinds';
import { MovedOn } from './moved-on';
import { NodeTable } from './node-table';
import { Review } from './review';

interface EditorProps {
  kind: ConfigKind;
  serviceName: ServiceName;
  live: Live;
  draft: Draft;
  setDraft: (draft: Draft | null) => void;
}

interface Save {
  body: Body;
  comment: string;
}

/** A form over a draft: checked as it is written, shown as a diff before it is sent, and never lost to a conflict. */
export function Editor({ kind, serviceName, live, draft, setDraft }: EditorProps) {
  const { base, body } = draft;
  const path = kind.path(serviceName);
  const [reviewing, setReviewing] = useState(false);
  const [comment, setComment] = useState('');
  const [refused, setRefused] = useState<Record<string, string>>({});
  const problems = useMemo(() => kind.problems(body), [kind, body]);
  const errors = {
    ...refused,
    ...Object.fromEntries(problems.map((problem) => [problem.path, problem.message])),
  };
  const changes = useMemo(() => diffConfig(base.body, body), [base, body]);
  const movedOn = live.version > base.version;

  const edit = (next: Body) => {
    setRefused({});
    setDraft({ base, body: next });
  };
  const save = useChange<Save, Body>('PUT', path, {
    body: ({ body: sent, comment }) => ({
      ...sent,
      expectedVersion: base.version,
      ...(comment === '' ? {} : { comment }),
    }),
    done: (answer) =>
      `${kind.title} of ${serviceTitle(serviceName)} is now version ${liveOf(kind, answer).version}, live everywhere`,
    // The status and the catalog show what was changed here.
    refreshes: [path, '/admin/', '/external-services/', '/stream-b-coordination/dashboard'],
    quiet: true,
  });
  const send = () =>
    save.mutate(
      { body, comment: comment.trim() },
      {
        onSuccess: () => {
          setReviewing(false);
          setDraft(null);
        },
        onError: (error) => {
          const fields = fieldErrors(error);
          setRefused(fields);
          if (error.status === 409 || Object.keys(fields).length > 0) setReviewing(false);
        },
      },
    );

  return (
    <Paper withBorder p="md" component="form" onSubmit={(event) => event.preventDefault()}>
      <Stack>
        {movedOn && <MovedOn {...{ live, draft, setDraft }} />}
        <Problems groups={kind.groups} errors={errors} />
        <FieldsForm groups={kind.groups} schema={kind.schema} body={body} errors={errors} onChange={edit} />
        {kind === SERVICE_KIND && (
          <NodeTable
            nodes={body['nodes'] as NodeConfig[]}
            editing={{ errors, onChange: (nodes) => edit({ ...body, nodes }) }}
          />
        )}
        <Group justify="flex-end">
          <Text size="sm" c="dimmed">
            {hindrance(movedOn, problems.length)}
          </Text>
          <Button variant="default" onClick={() => setDraft(null)}>
            {changes.length === 0 ? 'Close' : 'Drop the changes'}
          </Button>
          <Button
            onClick={() => {
              save.reset();
              setReviewing(true);
            }}
            disabled={changes.length === 0 || problems.length > 0 || movedOn}
          >
            {reviewWords(changes.length)}
          </Button>
        </Group>
      </Stack>
      {reviewing && (
        <Review
          title={`${kind.title} of ${serviceTitle(serviceName)}: version ${base.version} to ${base.version + 1}`}
          confirm={`Save version ${base.version + 1}`}
          changes={changes}
          saving={save.isPending}
          error={save.error}
          comment={comment}
          setComment={setComment}
          onConfirm={send}
          onClose={() => setReviewing(false)}
        />
      )}
    </Paper>
  );
}

/** As the form calls it; by its path where it has no field of its own. */
function labelOf(groups: readonly FieldGroup[], path: string): string {
  if (path === '') return 'The whole';
  for (const { title, fields } of groups) {
    const field = fields.find((one) => path === one.path || path.startsWith(`${one.path}.`));
    if (field !== undefined) return `${title}, ${field.label.toLowerCase()}:`;
  }
  return `${path}:`;
}

/** Why it cannot be reviewed yet: what says so in full may have been scrolled away. */
function hindrance(movedOn: boolean, problems: number): string {
  if (movedOn) return 'First decide what becomes of the newer version, above.';
  if (problems === 0) return '';
  return problems === 1 ? 'One field is not right yet.' : `${problems} fields are not right yet.`;
}

function reviewWords(changes: number): string {
  if (changes === 0) return 'Nothing changed yet';
  return changes === 1 ? 'Review 1 change' : `Review ${changes} changes`;
}

function Problems({ groups, errors }: { groups: readonly FieldGroup[]; errors: Record<string, string> }) {
  const all = Object.entries(errors);
  if (all.length === 0) return null;
  return (
    <Alert
      color="red"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title="This cannot be saved as it is"
    >
      <List size="sm">
        {all.map(([path, message]) => (
          <List.Item key={path}>
            <b>{labelOf(groups, path)}</b> {message}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
