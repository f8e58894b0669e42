import { Page } from '../../parts/page';

export default function Webhooks() {
  return <Page title="Webhooks">{null}</Page>;
}
