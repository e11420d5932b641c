import type { ProjectConfig } from '../domain/project.ts'
import { valueAt } from './check.ts'
import type { ConfigDocument } from './document.ts'

export interface ValueSource {
  readonly layer: 'default' | 'file' | 'overlay' | 'env' | 'option'
  /** The file or variable, as the person would name it. */
  readonly name?: string
}

/** Where each value came from, by its dotted key: `stripe.prices.premium`. */
export type ValueSources = Readonly<Record<string, ValueSource>>

/** Looks every value of the finished config up in the files it was made from. */
export function valueSources(
  config: ProjectConfig,
  base: ConfigDocument | undefined,
  overlay: ConfigDocument | undefined,
  environment: ValueSource | undefined,
): ValueSources {
  const sources: Record<string, ValueSource> = {}
  for (const path of valuePaths(config, [])) {
    const key = path.join('.')
    if (overlay && valueAt(overlay.table, path) !== undefined)
      sources[key] = { layer: 'overlay', name: overlay.file }
    else if (base && valueAt(base.table, path) !== undefined)
      sources[key] = { layer: 'file', name: base.file }
    else sources[key] = { layer: 'default' }
  }
  return environment ? { ...sources, environment } : sources
}

function valuePaths(value: unknown, path: readonly string[]): string[][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[...path]]
  return Object.entries(value).flatMap(([key, child]) => valuePaths(child, [...path, key]))
}
