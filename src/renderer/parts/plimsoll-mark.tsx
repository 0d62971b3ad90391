/** The load line itself: a disc with a line through it. Decoration; whoever uses it names it. */
export function PlimsollMark({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <circle cx="16" cy="16" r="9.5" fill="none" stroke="currentColor" strokeWidth="2.5" />
      <path d="M1.5 16h29" stroke="var(--load-line)" strokeWidth="3" strokeLinecap="round" />
    </svg>
  );
}
