import { SimpleGrid, Table, Text } from '@mantine/core';
import { valueAt, type Body, type Field, type FieldGroup } from './fields';
import { shownValue } from './show-value';

/** The fields of a configuration object, to be read. */
export function FieldsView({ groups, body }: { groups: readonly FieldGroup[]; body: Body }) {
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }} spacing="xl" verticalSpacing="md">
      {groups.map(({ title, fields }) => (
        <div key={title}>
          <Text size="sm" fw={600} mb={4} id={`group-${title}`}>
            {title}
          </Text>
          <Table variant="vertical" layout="fixed" withTableBorder aria-labelledby={`group-${title}`}>
            <Table.Tbody>
              {fields.map((field) => (
                <Row key={field.path} field={field} value={valueAt(body, field.path)} />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      ))}
    </SimpleGrid>
  );
}

function Row({ field, value }: { field: Field; value: unknown }) {
  const isSet = value !== undefined && value !== null;
  return (
    <Table.Tr>
      <Table.Th w="45%" fw={400} title={field.help}>
        {field.label}
      </Table.Th>
      <Table.Td fw={isSet ? 600 : 400} c={isSet ? undefined : 'dimmed'} style={{ overflowWrap: 'anywhere' }}>
        {shownValue(field, value)}
      </Table.Td>
    </Table.Tr>
  );
}
