import { Code, Table, Text } from '@mantine/core';
import type { ConfigurationChange } from '@signalbox/contracts';

/** The fields of the configuration that would change, before and after. */
export function ChangedFields({ change: { object, fields } }: { change: ConfigurationChange }) {
  return (
    <Table.ScrollContainer minWidth={420} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      <Table aria-label={`Change of ${object}`} verticalSpacing={4} withRowBorders={false}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">
              <Text size="xs" fw={600} c="dimmed">
                Change of {object}
              </Text>
            </Table.Th>
            <Table.Th scope="col">
              <Text size="xs" fw={600} c="dimmed">
                Now
              </Text>
            </Table.Th>
            <Table.Th scope="col">
              <Text size="xs" fw={600} c="dimmed">
                Then
              </Text>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {fields.map(({ path, from, to }) => (
            <Table.Tr key={path}>
              <Table.Td>
                <Code>{path}</Code>
              </Table.Td>
              <Table.Td>
                <Code bg="var(--mantine-color-red-light)">{shown(from)}</Code>
              </Table.Td>
              <Table.Td>
                <Code bg="var(--mantine-color-green-light)">{shown(to)}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return 'not set';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
