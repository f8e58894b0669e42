import { Progress, Text } from '@mantine/core';
import { percent } from '../../parts/figures';

/** Of the service's decisions in its window, how many went here. */
export function TrafficShare({ share }: { share: number | null }) {
  if (share === null) return <span title="No decisions in the window">—</span>;
  return (
    <>
      <Text fz="inherit" style={{ fontVariantNumeric: 'tabular-nums' }}>
        {percent(share)}
      </Text>
      <Progress value={share * 100} color="var(--line-teal)" size={4} aria-hidden />
    </>
  );
}
