import type { Asset, AssetName } from '../http/assets.ts'
import { html, type Markup } from './html.ts'

export type Assets = ReadonlyMap<AssetName, Asset>

export interface LayoutOptions {
  /** Stylesheets and scripts besides the common ones. */
  readonly extra?: readonly AssetName[]
  /** What stands at the top, opposite the name. */
  readonly corner?: Markup
}

export const signInLink = html`<a href="/sign-in">Sign in</a>`

/** The frame of every page. */
export function layout(title: string, content: Markup, assets: Assets, options: LayoutOptions = {}): string {
  const { extra = [], corner } = options
  const url = (name: AssetName) => assets.get(name)?.url ?? ''
  const style = (name: AssetName) => html`<link rel="stylesheet" href="${url(name)}">
`
  const script = (name: AssetName) => html`<script src="${url(name)}" type="module"></script>
`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${url('icon.svg')}" type="image/svg+xml">
<link rel="stylesheet" href="${url('style.css')}">
${extra.filter(isStyle).map(style)}<script src="${url('enhance.js')}" type="module"></script>
${extra.filter((name) => !isStyle(name)).map(script)}</head>
<body>
<header class="top"><a class="brand" href="/"><span class="lens" aria-hidden="true"></span>xSwarm</a>${corner !== undefined && html`<nav class="corner" aria-label="Account">${corner}</nav>`}</header>
${content}
</body>
</html>
`.text
}

function isStyle(name: AssetName): boolean {
  return name.endsWith('.css')
}
