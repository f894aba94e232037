/** The kernel keeps so much of a reason, in bytes. */
const KEPT = 127

/** A reason that was cut where the kernel's room ended: to its last whole word, and told to go on. */
export function wholeWords(reason: string): string {
  if (new TextEncoder().encode(reason).length < KEPT) return reason
  const end = reason.lastIndexOf(' ')
  return `${end < 0 ? reason : reason.slice(0, end)}\u2026`
}
