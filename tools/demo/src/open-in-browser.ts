import { spawn } from 'node:child_process';

/** Opens a page where there is a desktop to open it on; elsewhere the link has been printed. */
export function openInBrowser(url: string): void {
  if (!process.stdout.isTTY) return;
  const opener = process.platform === 'darwin' ? 'open' : desktopOpener();
  if (opener === null) return;
  const opening = spawn(opener, [url], { stdio: 'ignore', detached: true });
  opening.on('error', () => undefined);
  opening.unref();
}

function desktopOpener(): string | null {
  const { DISPLAY, WAYLAND_DISPLAY } = process.env;
  return process.platform === 'linux' && (DISPLAY || WAYLAND_DISPLAY) ? 'xdg-open' : null;
}
