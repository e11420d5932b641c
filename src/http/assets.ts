import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

export interface Asset {
  /** Where pages find it. The hash in it changes with the content, so it may be kept for ever. */
  readonly url: string
  readonly type: string
  readonly etag: string
  readonly bytes: Uint8Array<ArrayBuffer>
}

export type AssetName = keyof typeof types

const types = {
  'style.css': 'text/css; charset=utf-8',
  'admin.css': 'text/css; charset=utf-8',
  'account.css': 'text/css; charset=utf-8',
  'enhance.js': 'text/javascript; charset=utf-8',
  'account.js': 'text/javascript; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const

/** The files of `public/`, read once at start. They lie beside `src/` and `dist/` alike. */
export function loadAssets(): ReadonlyMap<AssetName, Asset> {
  const folder = fileURLToPath(new URL('../../public/', import.meta.url))
  const names = Object.keys(types) as AssetName[]
  return new Map(names.map((name) => [name, loadAsset(folder, name)]))
}

function loadAsset(folder: string, name: AssetName): Asset {
  const bytes = Uint8Array.from(readFileSync(folder + name))
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16)
  const [stem, ending] = name.split('.')
  return { url: `/assets/${stem}.${hash}.${ending}`, type: types[name], etag: `"${hash}"`, bytes }
}
