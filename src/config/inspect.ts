import { SECRET_NAMES } from '../domain/secrets.ts'
import type { LoadedConfig } from './load.ts'
import type { SecretSource } from './secret-sources.ts'

/** One line per secret for `doctor`: where it was taken from, never what it is. */
export function describeSources({ sources }: Pick<LoadedConfig, 'sources'>): string[] {
  return SECRET_NAMES.map((name) => `${name}: ${describe(sources.secrets[name])}`)
}

function describe({ layer, isShadowing }: SecretSource): string {
  if (layer === 'missing') return 'not set'
  if (layer === '.env') return 'from .env'
  return isShadowing
    ? 'from the process environment, which shadows another value in .env'
    : 'from the process environment'
}
