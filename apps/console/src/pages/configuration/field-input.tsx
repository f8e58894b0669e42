import { Chip, Group, Input, NumberInput, Select, Switch, TagsInput, TextInput } from '@mantine/core';
import { LIMIT_TIERS } from '@signalbox/contracts';
import { useEffect, useState } from 'react';
import {
  allowedAt,
  toPercent,
  toRatio,
  valueAt,
  type Allowed,
  type Body,
  type Field,
  type SchemaNode,
} from './fields';
import { words } from '../../parts/figures';
import { bytes, duration } from './show-value';

interface FieldInputProps {
  field: Field;
  schema: SchemaNode;
  body: Body;
  error: string | undefined;
  onChange: (path: string, value: unknown) => void;
}

/** Inputs in a row begin at one height, however long their help is. */
const ORDER: ('label' | 'input' | 'description' | 'error')[] = ['label', 'input', 'description', 'error'];

export function FieldInput({ field, schema, body, error, onChange }: FieldInputProps) {
  const allowed = allowedAt(schema, field.path);
  const value = valueAt(body, field.path);
  const change = (next: unknown) => onChange(field.path, next);
  const cleared = allowed.nullable ? null : undefined;
  const emptied = allowed.nullable || allowed.optional ? cleared : '';
  // What is wrong with a ratio is said in ratios.
  const isRatio = field.unit === 'ratio' && typeof value === 'number';
  const common = {
    label: field.label,
    description: field.help,
    inputWrapperOrder: ORDER,
    error: error !== undefined && isRatio ? `${error} (this is ${value})` : error,
    required: !allowed.optional && !allowed.nullable && field.kind !== 'switch',
    withAsterisk: false,
    placeholder: field.absent ?? (allowed.nullable ? 'none' : undefined),
  };
  switch (field.kind) {
    case 'number':
      return (
        <NumberField
          {...{ field, allowed, common }}
          value={value}
          onChange={(next) => change(next ?? cleared)}
        />
      );
    case 'text':
      return (
        <TextInput
          {...common}
          value={typeof value === 'string' ? value : ''}
          maxLength={allowed.schema.maxLength}
          onChange={({ currentTarget }) => change(currentTarget.value === '' ? emptied : currentTarget.value)}
        />
      );
    case 'choice':
      return (
        <Select
          {...common}
          data={(allowed.schema.enum ?? []).map((word) => ({ value: word, label: words(word) }))}
          value={typeof value === 'string' ? value : null}
          allowDeselect={allowed.optional}
          clearable={allowed.optional}
          onChange={(next) => change(next ?? cleared)}
        />
      );
    case 'zone':
      return (
        <Select
          {...common}
          data={zones()}
          searchable
          clearable
          limit={100}
          nothingFoundMessage="No such time zone"
          value={typeof value === 'string' ? value : null}
          onChange={(next) => change(next ?? cleared)}
        />
      );
    case 'switch':
      return <Toggle {...{ field, allowed, error }} value={value} onChange={change} />;
    case 'words':
      return (
        <TagsInput
          {...common}
          value={Array.isArray(value) ? (value as string[]) : []}
          onChange={(next) => change(next.length === 0 && allowed.optional ? undefined : next)}
        />
      );
    case 'tiers':
      return <Tiers {...{ field, error }} value={value} onChange={change} />;
  }
}

interface PartProps {
  field: Field;
  value: unknown;
  onChange: (value: unknown) => void;
}

/** Keeps what is typed as it is typed; tells only numbers, or undefined when it is empty. */
function NumberField(props: PartProps & { allowed: Allowed; common: object }) {
  const { field, allowed, common, value, onChange } = props;
  const isRatio = field.unit === 'ratio';
  const outer = typeof value === 'number' ? (isRatio ? toPercent(value) : value) : '';
  const [typed, setTyped] = useState<string | number>(outer);
  useEffect(() => {
    setTyped((now) => (numberOf(now) === numberOf(outer) ? now : outer));
  }, [outer]);

  return (
    <NumberInput
      {...common}
      value={typed}
      onChange={(next) => {
        setTyped(next);
        const number = numberOf(next);
        onChange(number === null ? undefined : isRatio ? toRatio(number) : number);
      }}
      allowDecimal={allowed.schema.type !== 'integer'}
      allowNegative={false}
      decimalScale={10}
      clampBehavior="none"
      thousandSeparator=","
      hideControls
      prefix={field.unit === 'usd' ? '$' : ''}
      suffix={suffixOf(field)}
      description={[field.help, hint(field, value, allowed.schema)].filter(Boolean).join(' ')}
    />
  );
}

function numberOf(typed: string | number): number | null {
  if (typeof typed === 'string' && typed.trim() === '') return null;
  const number = Number(typed);
  return Number.isFinite(number) ? number : null;
}

function suffixOf({ unit }: Field): string {
  switch (unit) {
    case 'ms':
      return ' ms';
    case 'minutes':
      return ' min';
    case 'ratio':
    case 'percent':
      return ' %';
    case 'bytes':
      return ' bytes';
    case 'perSecond':
      return ' /s';
    default:
      return '';
  }
}

/** What is allowed, and what a long number comes to. */
function hint({ unit }: Field, value: unknown, { minimum, exclusiveMinimum, maximum }: SchemaNode): string {
  const scale = (bound: number) => (unit === 'ratio' ? toPercent(bound) : bound).toLocaleString('en');
  const from = exclusiveMinimum === undefined ? scale(minimum ?? 0) : `above ${scale(exclusiveMinimum)}`;
  const bounds = maximum === undefined ? `${from} or more.` : `${from} to ${scale(maximum)}.`;
  const sentence = bounds.charAt(0).toUpperCase() + bounds.slice(1);
  if (typeof value !== 'number') return sentence;
  if (unit === 'ms' && value >= 1_000) return `Now ${duration(value)}. ${sentence}`;
  return unit === 'bytes' ? `Now ${bytes(value)}. ${sentence}` : sentence;
}

function Toggle({
  field,
  allowed,
  value,
  error,
  onChange,
}: PartProps & { allowed: Allowed; error: string | undefined }) {
  const on = value === undefined ? field.absent === 'yes' : value === true;
  return (
    <Switch
      label={field.label}
      description={field.help}
      error={error}
      checked={on}
      onChange={({ currentTarget: { checked } }) => {
        const isDefault = allowed.optional && checked === (field.absent === 'yes');
        onChange(isDefault ? undefined : checked);
      }}
    />
  );
}

/** `true` on the wire is all of them, and what is left out is none. */
function Tiers({ field, value, error, onChange }: PartProps & { error: string | undefined }) {
  const chosen = value === true ? [...LIMIT_TIERS] : Array.isArray(value) ? (value as string[]) : [];
  return (
    <Input.Wrapper label={field.label} description={field.help} error={error} labelElement="div">
      <Chip.Group
        multiple
        value={chosen}
        onChange={(next) =>
          onChange(next.length === 0 ? undefined : next.length === LIMIT_TIERS.length ? true : next)
        }
      >
        <Group gap="xs" mt={4} role="group" aria-label={field.label}>
          {LIMIT_TIERS.map((tier) => (
            <Chip key={tier} value={tier} size="xs">
              {tier}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </Input.Wrapper>
  );
}

function zones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')];
}
