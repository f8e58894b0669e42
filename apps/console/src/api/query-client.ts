import { QueryClient } from '@tanstack/react-query';
import { ApiFailure } from './api';

const FINAL = new Set([400, 401, 403, 404, 409, 413, 422, 429]);

/** Asks again where that may help, and keeps what is on the page while it does. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => !(error instanceof ApiFailure && FINAL.has(error.status)) && failures < 3,
      staleTime: 2_000,
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});
