import type { ServiceName } from '@signalbox/contracts';
import { useSearchParams } from 'react-router';

/** Which service the page shows, null for all of them: part of its address, so that it can be sent to somebody. */
export function useServiceFilter(): [ServiceName | null, (serviceName: ServiceName | null) => void] {
  const [search, setSearch] = useSearchParams();
  const chosen = search.get('service') as ServiceName | null;
  const choose = (serviceName: ServiceName | null) =>
    setSearch(serviceName === null ? {} : { service: serviceName }, { replace: true });
  return [chosen, choose];
}
