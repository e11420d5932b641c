import { html, type Markup, type Part } from './html.ts'
import { type Assets, layout } from './layout.ts'

/** What the admin's pages have in common. */

const TABS = [
  ['/admin', 'Overview'],
  ['/admin/users', 'Users'],
  ['/admin/numbers', 'Numbers'],
  ['/admin/jobs', 'Jobs'],
  ['/admin/audit', 'Audit log'],
] as const
export type AdminTab = (typeof TABS)[number][0]

export function adminFrame(title: string, current: AdminTab, content: Markup, assets: Assets): string {
  const tabs = TABS.map(
    ([path, name]) =>
      html`<li><a href="${path}" ${path === current && html`aria-current="page"`}>${name}</a></li>`,
  )
  const frame = html`<main class="admin">
<nav aria-label="Administration"><ul class="tabs">${tabs}</ul></nav>
${content}
</main>`
  return layout(`${title} · xSwarm`, frame, assets, { extra: ['admin.css'] })
}

export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => Part
}

/** A table, or a sentence where there is nothing to show. On a narrow screen every cell carries its column's name. */
export function table<Row>(
  caption: string,
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  nothing: string,
): Markup {
  if (rows.length === 0) return html`<p class="hint">${nothing}</p>`
  return html`<table class="list"><caption>${caption}</caption>
<thead><tr>${columns.map(({ name }) => html`<th scope="col">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    (row) => html`<tr>${columns.map(({ name, cell }) => cellOf(name, cell(row)))}</tr>
`,
  )}</tbody></table>`
}

function cellOf(name: string, part: Part): Markup {
  // An empty cell stays empty, so that a narrow screen leaves it out.
  return part === undefined || part === false || part === ''
    ? html`<td></td>`
    : html`<td data-name="${name}"><span>${part}</span></td>`
}

export function facts(rows: readonly (readonly [string, Part])[]): Markup {
  return html`<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`
}

/** A moment, UTC. */
export function moment(text: string | null): Part {
  return text === null ? undefined : html`<time datetime="${text.replace(' ', 'T')}Z">${text}</time>`
}

/** A link to the next page and one back to the first. */
export function paging(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  next: number | undefined,
): Markup {
  const link = (cursor: number | undefined, label: string) => {
    const given = Object.entries({ ...query, cursor: cursor === undefined ? undefined : String(cursor) })
    const known = given.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== '')
    const text = new URLSearchParams(known).toString()
    return html`<a class="button quiet small" href="${path}${text === '' ? '' : '?'}${text}">${label}</a>`
  }
  if (next === undefined && query.cursor === undefined) return html``
  return html`<nav class="paging" aria-label="Pages">${query.cursor !== undefined && link(undefined, 'First page')}
${next !== undefined && link(next, 'Next page')}</nav>`
}

export function userLink(id: string | null): Part {
  return id === null
    ? undefined
    : html`<a href="/admin/users/${encodeURIComponent(id)}"><code>${id}</code></a>`
}

export function count(number: number): string {
  return number.toLocaleString('en-US')
}

/** A name and how many. */
export function figure(name: string, value: number, isBad = false): Markup {
  return html`<div ${isBad && html`class="bad"`}><dt>${name}</dt><dd>${count(value)}</dd></div>`
}
