import { Group, Stack, Text, Title, VisuallyHidden } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';

interface PageProps {
  title: string;
  /** One line below the title: what is shown, or how fresh it is. */
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A page with its one first-level heading, which also names the tab. */
export function Page({ title, about, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Signalbox`;
  }, [title]);
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="flex-start" gap="sm">
        <div>
          <Title order={1} size="h2">
            {title}
          </Title>
          <About>{about}</About>
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

interface SectionProps {
  title: string;
  /** For sections whose title is plain from what is around it. */
  titleHidden?: boolean;
  about?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}

/** A part of a page under a second-level heading, and a landmark by that name. */
export function Section({ title, titleHidden = false, about, actions, children }: SectionProps) {
  const heading = (
    <Title order={2} size="h4">
      {title}
    </Title>
  );
  return (
    <Stack gap="sm" component="section" aria-label={title}>
      <Group justify="space-between" align="flex-end" gap="sm">
        <div>
          {titleHidden ? <VisuallyHidden>{heading}</VisuallyHidden> : heading}
          <About>{about}</About>
        </div>
        {actions !== undefined && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

function About({ children }: { children: ReactNode }) {
  if (children === undefined || children === false) return null;
  return (
    <Text component="div" size="sm" c="dimmed">
      {children}
    </Text>
  );
}
