import { ActionIcon, Button, Group, List, Menu, Modal, Stack, Textarea } from '@mantine/core';
import { IconDotsVertical } from '@tabler/icons-react';
import type { NodeRouting, ServiceRouting } from '@signalbox/contracts';
import { useState } from 'react';
import { useChange } from '../../api/use-change';
import { useNodeChange } from '../../live/dashboard';
import { CHANGE_WORDS, changesFor, type NodeChange } from './node-changes';

interface NodeActionsProps {
  service: ServiceRouting;
  node: NodeRouting;
}

/** What an admin may do to a node, each asked about before it is done. */
export function NodeActions({ service, node }: NodeActionsProps) {
  const [asking, setAsking] = useState<NodeChange | null>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`Actions on ${node.providerName}`}>
            <IconDotsVertical size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {changesFor(node).map((change) => (
            <Menu.Item
              key={change}
              onClick={() => setAsking(change)}
              {...(CHANGE_WORDS[change].danger ? { c: 'var(--mantine-color-red-text)' } : {})}
            >
              {CHANGE_WORDS[change].name}…
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {asking !== null && (
        <ChangeNode service={service} node={node} change={asking} close={() => setAsking(null)} />
      )}
    </>
  );
}

interface ChangeNodeProps extends NodeActionsProps {
  change: NodeChange;
  close: () => void;
}

/** What the node looks like once it is done, until the next answer tells. */
const AFTERWARDS: Record<NodeChange, Partial<NodeRouting>> = {
  drain: { drained: true },
  undrain: { drained: false },
  force_open: { circuit: 'open', circuitOpenUntil: null },
  reset: { circuit: 'closed', circuitOpenUntil: null },
};

function ChangeNode({ service, node, change, close }: ChangeNodeProps) {
  const { name, question, says, done, danger } = CHANGE_WORDS[change];
  const [why, setWhy] = useState('');
  const showNow = useNodeChange();
  const send = useChange<string>('POST', pathOf(node.nodeId, change), {
    done: done(node),
    body: (reason) => bodyOf(change, reason.trim()),
  });
  const confirm = () =>
    send.mutate(why, {
      onSuccess: () => {
        showNow(service.serviceName, node.nodeId, AFTERWARDS[change]);
        close();
      },
    });
  return (
    <Modal opened onClose={close} title={question(node)}>
      <Stack>
        <List size="sm" spacing={6}>
          {says(service, node).map((line) => (
            <List.Item key={line}>{line}</List.Item>
          ))}
        </List>
        <Textarea
          label="Why"
          description="Kept with the change, for those who ask later."
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
          maxLength={500}
          autosize
          minRows={2}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={close}>
            Leave it
          </Button>
          <Button color={danger ? 'red' : 'teal'} loading={send.isPending} onClick={confirm}>
            {name}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function pathOf(nodeId: string, change: NodeChange): string {
  const node = `/admin/nodes/${encodeURIComponent(nodeId)}`;
  return change === 'drain' || change === 'undrain' ? `${node}/${change}` : `${node}/circuit`;
}

function bodyOf(change: NodeChange, reason: string): object {
  if (change === 'drain' || change === 'undrain') return reason === '' ? {} : { comment: reason };
  return reason === '' ? { action: change } : { action: change, reason };
}
