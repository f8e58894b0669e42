/** The mark of the product, as in the tab. */
export function Signal() {
  return (
    <svg width={24} height={24} viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#0b7285" />
      <circle cx="16" cy="10" r="4" fill="#69db7c" />
      <circle cx="16" cy="22" r="4" fill="#ffd43b" />
    </svg>
  );
}
