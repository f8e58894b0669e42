import {
  ActionIcon,
  Badge,
  Group,
  Menu,
  Text,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core';
import { IconLogout, IconMoon, IconSun, IconUserCircle } from '@tabler/icons-react';
import { Time } from '../parts/time';
import { useClaims, useSession } from '../session/session';

export function ColourScheme() {
  const { setColorScheme } = useMantineColorScheme();
  const scheme = useComputedColorScheme('light');
  const next = scheme === 'dark' ? 'light' : 'dark';
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      size="lg"
      onClick={() => setColorScheme(next)}
      aria-label={`Use ${next} colours`}
    >
      {scheme === 'dark' ? <IconSun size={18} aria-hidden /> : <IconMoon size={18} aria-hidden />}
    </ActionIcon>
  );
}

/** Who is signed in, as what, for how long, and for which services. */
export function Account() {
  const { signOut } = useSession();
  const { subject, role, services, expiresAtMs } = useClaims();
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Account">
          <IconUserCircle size={20} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Group justify="space-between" wrap="nowrap">
            <Text span fw={600} truncate c="var(--mantine-color-text)">
              {subject}
            </Text>
            <Badge size="sm" variant="light">
              {role}
            </Badge>
          </Group>
          <Text size="xs" mt={4}>
            {services === null ? 'All services' : `Services: ${services.join(', ')}`}
          </Text>
          {expiresAtMs > 0 && (
            <Text size="xs">
              The token ends <Time iso={new Date(expiresAtMs).toISOString()} />
            </Text>
          )}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signOut()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
