import type { Asset, AssetName } from '../http/assets.ts'
import { html, type Markup } from './html.ts'

export type Assets = ReadonlyMap<AssetName, Asset>

/** The frame of every page. */
export function layout(
  title: string,
  content: Markup,
  assets: Assets,
  /** Stylesheets besides the common one. */
  extra: readonly AssetName[] = [],
): string {
  const url = (name: AssetName) => assets.get(name)?.url ?? ''
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${url('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${url('style.css')}">
${extra.map(
  (name) => html`<link rel="stylesheet" href="${url(name)}">
`,
)}<script src="${url('enhance.js')}" type="module"></script>
</head>
<body>
<header class="top"><a class="brand" href="/"><span class="lens" aria-hidden="true"></span>xSwarm</a></header>
${content}
</body>
</html>
`.text
}
