import { ActionIcon, List, Menu } from '@mantine/core';
import { IconDotsVertical } from '@tabler/icons-react';
import type { NodeRouting, ServiceRouting } from '@signalbox/contracts';
import { useRef, useState, type RefObject } from 'react';
import { useChange } from '../../api/use-change';
import { useNodeChange } from '../../live/dashboard';
import { Ask } from '../../parts/ask';
import { CHANGE_WORDS, changesFor, type NodeChange } from './node-changes';

interface NodeActionsProps {
  service: ServiceRouting;
  node: NodeRouting;
}

/** What an admin may do to a node, each asked about before it is done. */
export function NodeActions({ service, node }: NodeActionsProps) {
  const [asking, setAsking] = useState<NodeChange | null>(null);
  const opener = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            ref={opener}
            variant="subtle"
            color="gray"
            aria-label={`Actions on ${node.providerName}`}
          >
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
        <ChangeNode
          service={service}
          node={node}
          change={asking}
          opener={opener}
          close={() => setAsking(null)}
        />
      )}
    </>
  );
}

interface ChangeNodeProps extends NodeActionsProps {
  change: NodeChange;
  opener: RefObject<HTMLElement | null>;
  close: () => void;
}

/** What the node looks like once it is done, until the next answer tells. */
const AFTERWARDS: Record<NodeChange, Partial<NodeRouting>> = {
  drain: { drained: true },
  undrain: { drained: false },
  force_open: { circuit: 'open', circuitOpenUntil: null },
  reset: { circuit: 'closed', circuitOpenUntil: null },
};

function ChangeNode({ service, node, change, opener, close }: ChangeNodeProps) {
  const { name, question, says, done, danger } = CHANGE_WORDS[change];
  const showNow = useNodeChange();
  const send = useChange<string | null>('POST', pathOf(node.nodeId, change), {
    done: done(node),
    body: (reason) => bodyOf(change, reason),
  });
  const confirm = (why: string | null) =>
    send.mutate(why, {
      onSuccess: () => {
        showNow(service.serviceName, node.nodeId, AFTERWARDS[change]);
        close();
      },
    });
  return (
    <Ask
      title={question(node)}
      confirm={name}
      danger={danger}
      why={{ label: 'Why', description: 'Kept with the change, for those who ask later.' }}
      pending={send.isPending}
      focusBack={opener}
      onConfirm={confirm}
      onClose={close}
    >
      <List size="sm" spacing={6}>
        {says(service, node).map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
    </Ask>
  );
}

function pathOf(nodeId: string, change: NodeChange): string {
  const node = `/admin/nodes/${encodeURIComponent(nodeId)}`;
  return change === 'drain' || change === 'undrain' ? `${node}/${change}` : `${node}/circuit`;
}

function bodyOf(change: NodeChange, reason: string | null): object {
  if (change === 'drain' || change === 'undrain') return reason === null ? {} : { comment: reason };
  return reason === null ? { action: change } : { action: change, reason };
}
