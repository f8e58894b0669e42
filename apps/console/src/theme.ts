import { createTheme } from '@mantine/core';

/** Teal for what is ours; green, yellow and red are kept for how something is doing. */
export const theme = createTheme({
  primaryColor: 'teal',
  primaryShade: { light: 8, dark: 5 },
  autoContrast: true,
  fontFamily: 'Inter, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, monospace',
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
});
