import { useEffect, type RefObject } from 'react';

/** Past the moment in which a dialog that goes lets the focus go. */
const SOON_MS = 10;

/**
 * For a dialog that is there only while it is open: once it goes, the focus is where it was before, or at `to` where
 * what had it is gone by then, as an entry of a menu.
 */
export function useFocusBack(to?: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const before = document.activeElement;
    const named = to?.current;
    return () => {
      const target = named ?? before;
      setTimeout(() => {
        if (target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true });
      }, SOON_MS);
    };
  }, [to]);
}
