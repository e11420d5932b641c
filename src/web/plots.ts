import { html, type Markup } from './html.ts'

/** Plots as SVG that the server draws. They need no script and no inline style, which the pages' policy forbids. */

export interface Bar {
  readonly label: string
  readonly value: number
}

const HEIGHT = 100
const STEP = 10
const BAR = 7

/** Bars over time, with the numbers behind them as a table for whoever cannot see or does not trust them. */
export function barPlot(title: string, bars: readonly Bar[]): Markup {
  const top = Math.max(1, ...bars.map(({ value }) => value))
  const width = bars.length * STEP
  const sum = bars.reduce((total, { value }) => total + value, 0)
  return html`<figure class="plot">
<p class="top-value"><span>${print(top)} at most</span><span>${print(sum)} in all</span></p>
<svg viewBox="0 0 ${width} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${title}: ${print(sum)} in ${bars.length} days, ${print(top)} at most in one">
<line class="scale" x1="0" y1="0" x2="${width}" y2="0"></line><line class="scale" x1="0" y1="50" x2="${width}" y2="50"></line>
${bars.map((bar, index) => barOf(bar, index, top))}
</svg>
<p class="ends"><span>${bars[0]?.label}</span><span>${bars.at(-1)?.label}</span></p>
<details><summary>As a table</summary>
<table class="list"><caption>${title}</caption><thead><tr><th scope="col">Day</th><th scope="col">Users</th></tr></thead>
<tbody>${[...bars].reverse().map(({ label, value }) => html`<tr><td data-name="Day">${label}</td><td data-name="Users">${print(value)}</td></tr>`)}</tbody></table>
</details>
</figure>`
}

function barOf({ label, value }: Bar, index: number, top: number): Markup {
  // What is not nothing can be seen.
  const height = value === 0 ? 0 : Math.max(1.5, (value / top) * HEIGHT)
  const x = index * STEP + (STEP - BAR) / 2
  return html`<rect x="${x}" y="${round(HEIGHT - height)}" width="${BAR}" height="${round(height)}"><title>${label}: ${print(value)}</title></rect>`
}

/** What part of the whole each one has. */
export function sharePlot(parts: readonly Bar[]): Markup {
  const whole = Math.max(
    1,
    parts.reduce((sum, { value }) => sum + value, 0),
  )
  return html`<ul class="shares">${parts.map(
    ({
      label,
      value,
    }) => html`<li><p><span>${label}</span><span>${print(value)} · ${percent(value / whole)}</span></p>
<svg viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="${round((value / whole) * 100)}" height="4"></rect></svg></li>`,
  )}</ul>`
}

function percent(part: number): string {
  return part > 0 && part < 0.01 ? 'under 1%' : `${Math.round(part * 100)}%`
}

function round(number: number): number {
  return Math.round(number * 100) / 100
}

function print(number: number): string {
  return number.toLocaleString('en-US')
}
