/** A pause before another try: growing and jittered, so that two processes do not meet at the same lock again and again. */
export function pause(attempts: number): Promise<void> {
  const ceilingMs = Math.min(50, 1 + attempts * 2)
  return new Promise((resolve) => setTimeout(resolve, ceilingMs * (0.5 + Math.random() / 2)))
}
