import { Fieldset, SimpleGrid } from '@mantine/core';
import { FieldInput } from './field-input';
import { withValueAt, type Body, type FieldGroup, type SchemaNode } from './fields';

interface FieldsFormProps {
  groups: readonly FieldGroup[];
  schema: SchemaNode;
  body: Body;
  /** By path. */
  errors: Readonly<Record<string, string>>;
  onChange: (body: Body) => void;
  /** Beside each other where there is room. */
  columns?: number;
}

/** The fields of a configuration object, to be written. */
export function FieldsForm({ groups, schema, body, errors, onChange, columns = 4 }: FieldsFormProps) {
  return groups.map(({ title, fields }) => (
    <Fieldset key={title} legend={title}>
      <SimpleGrid cols={{ base: 1, xs: 2, lg: columns }} spacing="md" verticalSpacing="sm">
        {fields.map((field) => (
          <FieldInput
            key={field.path}
            field={field}
            schema={schema}
            body={body}
            error={errorAt(errors, field.path)}
            onChange={(path, value) => onChange(withValueAt(body, path, value))}
          />
        ))}
      </SimpleGrid>
    </Fieldset>
  ));
}

/** Also that of an entry of a list (`dependents.1`), which has no input of its own. */
function errorAt(errors: Readonly<Record<string, string>>, path: string): string | undefined {
  const own = errors[path];
  if (own !== undefined) return own;
  const entry = Object.entries(errors).find(([at]) => at.startsWith(`${path}.`));
  return entry === undefined ? undefined : `${Number(entry[0].slice(path.length + 1)) + 1}. ${entry[1]}`;
}
