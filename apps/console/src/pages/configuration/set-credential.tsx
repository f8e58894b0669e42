import { Button, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { RotateCredentialSchema, type PutCredential, type RotateCredential } from '@signalbox/contracts';
import { useState, type FormEvent } from 'react';
import { fieldErrors } from '../../api/api';
import { useChange } from '../../api/use-change';
import { Failed } from '../../parts/answer';
import { useFocusBack } from '../../parts/use-focus-back';
import { allowedAt } from './fields';
import { SecretInput } from './secret-input';

interface SetCredentialProps {
  nodeId: string;
  path: string;
  /** The old one works on for a while. */
  overlapping: boolean;
  onClose: () => void;
}

const LONGEST_OVERLAP_MINUTES =
  allowedAt(RotateCredentialSchema, 'overlapMinutes').schema.maximum ?? Infinity;

export function SetCredential({ nodeId, path, overlapping, onClose }: SetCredentialProps) {
  const [secret, setSecret] = useState('');
  useFocusBack();
  const [overlapMinutes, setOverlapMinutes] = useState<number | string>(60);
  const change = useChange<PutCredential | RotateCredential>(
    overlapping ? 'POST' : 'PUT',
    overlapping ? `${path}/rotate` : path,
    {
      done: overlapping
        ? `${nodeId} has a new credential; the old one works for ${overlapMinutes} more minutes`
        : `${nodeId} has a new credential, and no other`,
      refreshes: [path, '/admin/audit'],
      quiet: true,
    },
  );
  const fields = change.error === null ? {} : fieldErrors(change.error);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(overlapping ? { secret, overlapMinutes: Number(overlapMinutes) } : { secret }, {
      onSuccess: onClose,
    });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={overlapping ? `Rotate the credential of ${nodeId}` : `Set the credential of ${nodeId}`}
    >
      <form onSubmit={submit}>
        <Stack>
          {change.error !== null && Object.keys(fields).length === 0 && <Failed error={change.error} />}
          <Text size="sm">
            {overlapping
              ? 'The new credential is used at once. The old one stays valid until the overlap ends, for calls that are under way.'
              : 'It becomes the node’s only credential at once, everywhere.'}{' '}
            It is kept encrypted and never shown again.
          </Text>
          <SecretInput label="Secret" error={fields['secret']} value={secret} onChange={setSecret} />
          {overlapping && (
            <NumberInput
              label="Overlap"
              description={`0 to ${LONGEST_OVERLAP_MINUTES.toLocaleString('en')} minutes`}
              error={fields['overlapMinutes']}
              suffix=" min"
              allowDecimal={false}
              min={0}
              max={LONGEST_OVERLAP_MINUTES}
              value={overlapMinutes}
              onChange={setOverlapMinutes}
            />
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button
              type="submit"
              loading={change.isPending}
              disabled={secret === '' || (overlapping && overlapMinutes === '')}
            >
              {overlapping ? 'Rotate' : 'Set it'}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
