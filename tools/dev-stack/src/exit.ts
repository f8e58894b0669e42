import type { ChildProcess } from 'node:child_process';

/**
 * Servers run in process groups of their own, so that a Ctrl-C in the terminal reaches only the app, which
 * drains and then stops them. The price is that nobody but us ends them: this sees to it on every way out
 * that a process can notice. What SIGKILL leaves behind is ended by the next start.
 */
const running = new Map<ChildProcess, NodeJS.Signals>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export function endWithThisProcess(child: ChildProcess, stopSignal: NodeJS.Signals): void {
  if (running.size === 0) {
    process.on('exit', endAll);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  running.set(child, stopSignal);
  child.once('exit', () => {
    running.delete(child);
    if (running.size > 0) return;
    process.off('exit', endAll);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  });
}

function endAll(): void {
  for (const [child, stopSignal] of running) child.kill(stopSignal);
}

/** Whoever else listens for the signal shuts down in its own order; otherwise the signal ends the process. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endAll();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}
