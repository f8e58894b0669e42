import { PasswordInput } from '@mantine/core';

interface SecretInputProps {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  value: string;
  onChange: (secret: string) => void;
}

/** For what goes in and never comes out: no password manager is to keep it. */
export function SecretInput({ label, help, error, value, onChange }: SecretInputProps) {
  return (
    <PasswordInput
      label={label}
      description={help}
      error={error}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      autoComplete="off"
      data-1p-ignore
      data-lpignore="true"
      spellCheck={false}
      maxLength={8_192}
      visibilityToggleButtonProps={{ 'aria-label': 'Show or hide what is written' }}
    />
  );
}
