import { Page } from '../../parts/page';

export default function Batching() {
  return <Page title="Batching">{null}</Page>;
}
