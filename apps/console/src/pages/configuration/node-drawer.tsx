import { Button, Drawer, Fieldset, Group, SimpleGrid, Stack, Switch } from '@mantine/core';
import { NodeConfigSchema, type NodeConfig } from '@signalbox/contracts';
import { useFocusBack } from '../../parts/use-focus-back';
import { HEALTH_CHECK, NODE } from './field-lists';
import { FieldInput } from './field-input';
import { withValueAt, type Body, type SchemaNode } from './fields';
import { FieldsForm } from './fields-form';

interface NodeDrawerProps {
  node: NodeConfig;
  errors: Readonly<Record<string, string>>;
  onChange: (node: NodeConfig) => void;
  onClose: () => void;
}

const SCHEMA = NodeConfigSchema as SchemaNode;
const FIRST_HEALTH_CHECK = { path: '/', expectedStatus: 200, timeoutMs: 1_000 };

/** All of one node. What is written is in the draft at once; nothing is saved here. */
export function NodeDrawer({ node, errors, onChange, onClose }: NodeDrawerProps) {
  const body = node as unknown as Body;
  const change = (next: Body) => onChange(next as unknown as NodeConfig);
  const isChecked = node.healthCheck !== undefined;
  useFocusBack();
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size="lg"
      title={node.nodeId === '' ? 'A new node' : `Node ${node.nodeId}`}
    >
      <Stack>
        <FieldsForm groups={NODE} schema={SCHEMA} body={body} errors={errors} onChange={change} columns={2} />
        <Fieldset legend="Health check">
          <Stack gap="sm">
            <Switch
              label="Asked for its health every few seconds"
              checked={isChecked}
              onChange={({ currentTarget: { checked } }) =>
                change(withValueAt(body, 'healthCheck', checked ? FIRST_HEALTH_CHECK : undefined))
              }
            />
            {isChecked && (
              <SimpleGrid cols={{ base: 1, xs: 3 }}>
                {HEALTH_CHECK.map((field) => (
                  <FieldInput
                    key={field.path}
                    field={field}
                    schema={SCHEMA}
                    body={body}
                    error={errors[field.path]}
                    onChange={(path, value) => change(withValueAt(body, path, value))}
                  />
                ))}
              </SimpleGrid>
            )}
          </Stack>
        </Fieldset>
        <Group justify="flex-end">
          <Button onClick={onClose}>Done</Button>
        </Group>
      </Stack>
    </Drawer>
  );
}
