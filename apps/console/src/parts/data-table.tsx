import { Button, Center, Group, Table, Text, UnstyledButton, VisuallyHidden } from '@mantine/core';
import { IconChevronDown, IconChevronUp, IconSelector } from '@tabler/icons-react';
import {
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type SortingState,
} from '@tanstack/react-table';
import { useMemo, type ReactNode } from 'react';
import type { Pages } from '../api/use-pages';

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

export interface Column<Row> {
  /** Also the heading. */
  title: string;
  cell: (row: Row) => ReactNode;
  /** Figures stand to the right. */
  figures?: boolean;
  /** What the column is sorted by; it cannot be where this is absent. Rows without a value come last. */
  sortBy?: (row: Row) => number | string | null | undefined;
  width?: number | string;
  /** For a column of buttons: the heading is read, not seen. */
  titleHidden?: boolean;
}

interface DataTableProps<Row> {
  /** What the table is of, for those who do not see it: `Nodes of stripe`. */
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  idOf: (row: Row) => string;
  /** Title of the column that it is sorted by at first; in the order of `rows` when absent. */
  sortedBy?: { title: string; descending?: boolean };
  /** A list that has more: a button asks for it. */
  pages?: Pages<Row>;
  minWidth?: number;
  /** Columns keep their widths whatever is in them: tables that stand below each other line up. */
  fixed?: boolean;
  /** Marks a row: the one whose details are open. */
  marked?: (row: Row) => boolean;
}

/** Rows that can be sorted by the headings, read by a screen reader, and scrolled sideways on a phone. */
export function DataTable<Row extends object>({
  label,
  columns,
  rows,
  idOf,
  sortedBy,
  pages,
  minWidth = 640,
  fixed = false,
  marked,
}: DataTableProps<Row>) {
  const definitions = useMemo(
    () => columns.map((column) => definitionOf(column)) as ColumnDef<typeof features, Row>[],
    [columns],
  );
  const sorting: SortingState =
    sortedBy === undefined ? [] : [{ id: sortedBy.title, desc: sortedBy.descending === true }];
  const table = useTable<typeof features, Row>({
    features,
    columns: definitions,
    data: rows,
    getRowId: (row) => idOf(row),
    initialState: { sorting },
  });
  return (
    <>
      <Table.ScrollContainer minWidth={minWidth} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
        <Table
          aria-label={label}
          verticalSpacing="xs"
          fz={13}
          highlightOnHover
          layout={fixed ? 'fixed' : 'auto'}
        >
          <Table.Thead>
            <Table.Tr>
              {table.getFlatHeaders().map(({ column }, index) => (
                <Heading
                  key={column.id}
                  of={columns[index]}
                  sorted={column.getIsSorted()}
                  toggle={column.getCanSort() ? () => column.toggleSorting() : undefined}
                />
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {table.getRowModel().rows.map(({ id, original }) => (
              <Table.Tr
                key={id}
                {...(marked?.(original) === true ? { bg: 'var(--mantine-color-default-hover)' } : {})}
              >
                {columns.map(({ title, cell, figures }) => (
                  <Table.Td key={title} {...(figures === true ? FIGURES : {})}>
                    {cell(original)}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      {pages !== undefined && <More pages={pages} />}
    </>
  );
}

const FIGURES = { ta: 'right', style: { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' } } as const;

function definitionOf<Row>({ title, sortBy }: Column<Row>) {
  if (sortBy === undefined) return { id: title, enableSorting: false };
  return {
    id: title,
    accessorFn: (row: Row) => sortBy(row) ?? undefined,
    sortUndefined: 'last',
    sortFn: (a: { getValue: Getter }, b: { getValue: Getter }, id: string) =>
      compare(a.getValue(id), b.getValue(id)),
  };
}

type Getter = (id: string) => unknown;

function compare(a: unknown, b: unknown): number {
  return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
}

interface HeadingProps<Row> {
  of: Column<Row> | undefined;
  sorted: false | 'asc' | 'desc';
  toggle: (() => void) | undefined;
}

const SORTED = { asc: 'ascending', desc: 'descending' } as const;

function Heading<Row>({ of, sorted, toggle }: HeadingProps<Row>) {
  if (of === undefined) return null;
  const { title, figures, width, titleHidden } = of;
  const Icon = sorted === false ? IconSelector : sorted === 'asc' ? IconChevronUp : IconChevronDown;
  return (
    <Table.Th
      scope="col"
      style={{ whiteSpace: 'nowrap' }}
      {...(figures === true ? { ta: 'right' } : {})}
      {...(width === undefined ? {} : { w: width })}
      {...(toggle === undefined ? {} : { 'aria-sort': sorted === false ? 'none' : SORTED[sorted] })}
    >
      {toggle === undefined ? (
        <Text component="span" size="xs" fw={600} c="dimmed">
          {titleHidden === true ? <VisuallyHidden>{title}</VisuallyHidden> : title}
        </Text>
      ) : (
        <UnstyledButton onClick={toggle} fz="xs" fw={600} c="dimmed">
          <Group gap={4} wrap="nowrap" justify={figures === true ? 'flex-end' : 'flex-start'}>
            {title}
            <Icon size={14} aria-hidden />
          </Group>
        </UnstyledButton>
      )}
    </Table.Th>
  );
}

function More<Row>({ pages: { hasMore, cutShort, loadingMore, more } }: { pages: Pages<Row> }) {
  if (!hasMore && !cutShort) return null;
  return (
    <Center p="sm">
      {hasMore ? (
        <Button variant="default" size="xs" onClick={more} loading={loadingMore}>
          Show more
        </Button>
      ) : (
        <Text size="sm" c="dimmed">
          There are older ones: narrow the list to see them.
        </Text>
      )}
    </Center>
  );
}
