import { Badge, createTheme, Drawer, Modal, Notification, type CSSVariablesResolver } from '@mantine/core';

/** What opens above the page is a dialog: its head is no second banner of the page, and its cross has a name. */
const dialog = {
  attributes: { header: { role: 'presentation' } },
  closeButtonProps: { 'aria-label': 'Close' },
};

/** Teal for what is ours; green, yellow and red are kept for how something is doing. */
export const theme = createTheme({
  primaryColor: 'teal',
  // Dark enough under white words in both schemes: which words are put on it is decided once for both.
  primaryShade: 9,
  autoContrast: true,
  fontFamily: '"Inter Variable", -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", "Roboto Mono", Menlo, monospace',
  defaultRadius: 'md',
  headings: { fontWeight: '650' },
  focusRing: 'auto',
  components: {
    // States are words, not shouts.
    Badge: Badge.extend({ defaultProps: { tt: 'none' } }),
    Drawer: Drawer.extend({ defaultProps: dialog }),
    Modal: Modal.extend({ defaultProps: dialog }),
    Notification: Notification.extend({ defaultProps: { closeButtonProps: dialog.closeButtonProps } }),
  },
});

/** Words on a light tint of their own colour: dark enough to be read by everybody (WCAG AA, 4.5 to 1). */
const ON_TINT = {
  gray: '#495057',
  red: '#b3202a',
  grape: '#8a2f9e',
  blue: '#1558a8',
  cyan: '#0b5f6e',
  teal: '#066649',
  green: '#1d6b2f',
  yellow: '#7d4a00',
  orange: '#9c3f00',
} as const;

const onTint = Object.fromEntries(
  Object.entries(ON_TINT).map(([color, shade]) => [`--mantine-color-${color}-light-color`, shade]),
);
/** The same colours as text on the page itself. */
const asText = Object.fromEntries(
  Object.entries(ON_TINT).map(([color, shade]) => [`--mantine-color-${color}-text`, shade]),
);

/** A filled button under the pointer: darker than at rest, so that the white words on it stay readable. */
const hovered = Object.fromEntries(
  ['teal', 'red', 'blue', 'grape'].map((color) => [
    `--mantine-color-${color}-filled-hover`,
    `color-mix(in srgb, var(--mantine-color-${color}-9), #000 14%)`,
  ]),
);

/** Lines and bars, seen well on the page of each scheme. */
const LINES = ['teal', 'red', 'yellow', 'blue', 'grape', 'gray', 'orange'] as const;

function lines(shade: number) {
  return Object.fromEntries(
    LINES.map((color) => [`--line-${color}`, `var(--mantine-color-${color}-${shade})`]),
  );
}

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#5a626a',
    '--mantine-color-placeholder': '#6c757d',
    '--mantine-color-error': '#b3202a',
    '--page-background': '#f6f8f9',
    ...onTint,
    ...asText,
    ...hovered,
    ...lines(8),
  },
  dark: {
    '--mantine-color-dimmed': '#a4a9ae',
    '--mantine-color-placeholder': '#8f959b',
    '--page-background': 'var(--mantine-color-dark-8)',
    ...hovered,
    ...lines(5),
  },
});
