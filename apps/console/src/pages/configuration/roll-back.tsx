import { Text } from '@mantine/core';
import type { ConfigVersion, RollbackRequest } from '@signalbox/contracts';
import { useChange } from '../../api/use-change';
import { Ask } from '../../parts/ask';
import { VersionDifferences } from './compare-versions';

interface RollBackProps {
  object: string;
  path: string;
  live: ConfigVersion;
  to: ConfigVersion;
  onClose: () => void;
}

/** Says what rolling back changes before it does. Refused when a newer version was saved meanwhile. */
export function RollBack({ object, path, live, to, onClose }: RollBackProps) {
  const rollBack = useChange<RollbackRequest>('POST', `/admin/versions/${to.id}/rollback`, {
    done: `${object} is as it was in version ${to.version}, live everywhere`,
    refreshes: [path, '/admin/', '/external-services/', '/stream-b-coordination/dashboard'],
    quiet: true,
  });
  return (
    <Ask
      title={`Roll ${object} back to version ${to.version}?`}
      confirm={`Roll back to version ${to.version}`}
      danger
      size="lg"
      pending={rollBack.isPending}
      error={rollBack.error}
      onClose={onClose}
      onConfirm={(comment) =>
        rollBack.mutate(
          { expectedVersion: live.version, ...(comment === null ? {} : { comment }) },
          { onSuccess: onClose },
        )
      }
    >
      <Text size="sm" mb="md">
        Version {live.version + 1} is written with the body of version {to.version}, and is live on every
        replica at once. Against version {live.version} that changes:
      </Text>
      <VersionDifferences fromId={live.id} toId={to.id} />
    </Ask>
  );
}
