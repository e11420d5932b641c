const WRITTEN = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2}:\d{2})$/

/** Milliseconds since the epoch as the text SQLite's CURRENT_TIMESTAMP writes: UTC, whole seconds. */
export function formatTimestamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
}

/** The milliseconds a CURRENT_TIMESTAMP text stands for, or undefined when it is another text or no such moment. */
export function readTimestamp(text: string): number | undefined {
  const [, day, time] = WRITTEN.exec(text) ?? []
  const ms = Date.parse(`${day}T${time}Z`)
  if (Number.isNaN(ms)) return undefined
  return formatTimestamp(ms) === text ? ms : undefined // 30 February is refused, not carried over
}
