import type { Recurring } from '../objects/product.ts'
import type { Seconds } from '../objects/shared.ts'
import type { Period } from '../objects/subscription-item.ts'

const DAY = 86_400

/** The period that begins at `start`: it ends at the next step of the recurrence counted from `anchor`. */
export function periodFrom(anchor: Seconds, start: Seconds, recurring: Recurring): Period {
  let steps = Math.max(1, Math.floor((start - anchor) / longest(recurring)))
  while (step(anchor, recurring, steps) <= start) steps++
  return { start, end: step(anchor, recurring, steps) }
}

/** `steps` recurrences after `anchor`. The 31st becomes the last day of a shorter month, and the 31st again after it. */
function step(anchor: Seconds, { interval, interval_count }: Recurring, steps: number): Seconds {
  const count = interval_count * steps
  if (interval === 'day') return anchor + count * DAY
  if (interval === 'week') return anchor + count * 7 * DAY
  const from = new Date(anchor * 1000)
  const months = from.getUTCMonth() + (interval === 'year' ? 12 : 1) * count
  const lastDay = new Date(Date.UTC(from.getUTCFullYear(), months + 1, 0)).getUTCDate()
  const day = Math.min(from.getUTCDate(), lastDay)
  const timeOfDay = anchor - Math.floor(anchor / DAY) * DAY
  return Date.UTC(from.getUTCFullYear(), months, day) / 1000 + timeOfDay
}

function longest({ interval, interval_count }: Recurring): Seconds {
  return { day: DAY, week: 7 * DAY, month: 31 * DAY, year: 366 * DAY }[interval] * interval_count
}
