import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { fieldErrors, type ApiFailure, type Method } from './api';
import { useRequest } from './use-api';

interface ChangeOptions<Asked, Answer> {
  /** Said once it is done; nothing is said when absent. */
  done?: string | ((answer: Answer, asked: Asked) => string);
  /** What is asked for again then: every query whose path begins with one of these. */
  refreshes?: readonly string[];
  /** What is sent, where that is not what `mutate` was given; null sends nothing. */
  body?: (asked: Asked) => unknown;
  /** The caller shows the error itself, beside the fields that it names. */
  quiet?: boolean;
}

/**
 * Something that changes state: `mutate(asked)` sends it, says what became of it and asks again for what it changed.
 * `path` may depend on what is asked. Nothing is sent twice by itself.
 */
export function useChange<Asked, Answer = unknown>(
  method: Exclude<Method, 'GET'>,
  path: string | ((asked: Asked) => string),
  { done, refreshes = [], body, quiet = false }: ChangeOptions<Asked, Answer> = {},
): UseMutationResult<Answer, ApiFailure, Asked> {
  const ask = useRequest();
  const queries = useQueryClient();
  return useMutation<Answer, ApiFailure, Asked>({
    mutationFn: (asked) => {
      const sent = body === undefined ? asked : body(asked);
      return ask<Answer>(method, typeof path === 'string' ? path : path(asked), sent ?? undefined);
    },
    onSuccess: (answer, asked) => {
      if (done === undefined) return;
      notifications.show({ color: 'green', message: typeof done === 'string' ? done : done(answer, asked) });
    },
    onError: (error) => {
      if (!quiet) notifications.show(saying(error));
    },
    // Also after an error: a conflict says that things stand otherwise than this page shows.
    onSettled: () =>
      void queries.invalidateQueries({
        predicate: ({ queryKey: [key] }) => refreshes.some((one) => String(key).startsWith(one)),
      }),
  });
}

function saying(error: ApiFailure) {
  const fields = Object.entries(fieldErrors(error));
  return {
    color: 'red',
    title: error.message,
    autoClose: 12_000,
    message: (
      <>
        {fields.map(([path, message]) => (
          <div key={path}>
            <b>{path}</b> {message}
          </div>
        ))}
        {error.retryAfterSeconds !== null && <div>Try again in {error.retryAfterSeconds} s.</div>}
        {error.correlationId !== null && <small>Correlation id {error.correlationId}</small>}
      </>
    ),
  };
}
