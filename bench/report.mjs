import { cpus, release, totalmem } from 'node:os'

/**
 * One line of the table. `value` is a number in `unit`. `bar` is what it has to reach: `{ min }` or `{ max }`, held against
 * `ratio` when there is one, else against `value`. Without a bar it is only reported.
 */
export function row({ name, value, unit, ratio, bar, note }) {
  const judged = ratio ?? value
  const met = bar === undefined ? undefined : bar.min === undefined ? judged <= bar.max : judged >= bar.min
  return { name, value, unit, ratio, bar, met, note }
}

export function printTable(rows) {
  const cells = rows.map(({ name, value, unit, ratio, bar, met, note }) => [
    name,
    `${shown(value)} ${unit}`,
    ratio === undefined ? '' : ratio.toFixed(ratio < 10 ? 2 : 1),
    bar === undefined ? '' : bar.min === undefined ? `<= ${bar.max}` : `>= ${bar.min}`,
    met === undefined ? '' : met ? 'yes' : 'NO',
    note ?? '',
  ])
  const head = ['name', 'value', 'ratio', 'bar', 'met', 'note']
  const all = [head, head.map((text) => '-'.repeat(text.length)), ...cells]
  const widths = head.map((_, column) => Math.max(...all.map((line) => line[column].length)))
  return all
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`)
    .join('\n')
}

/** What the figures depend on. No host name and no path: the table is made to be shown. */
export function machine(load) {
  const [cpu] = cpus()
  return {
    cpu: cpu?.model ?? 'unknown',
    cores: cpus().length,
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${release().split('-', 1)[0]} ${process.arch}`,
    node: process.version,
    load,
  }
}

function shown(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en-US')
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}
