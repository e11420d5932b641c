import { readFileSync } from 'node:fs'
import { html } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'

/** What `html` of Hono makes: text with everything between the literal parts escaped. */
export type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** The headers of every page of a sandbox: its own style sheet and its own forms, nothing inline, no script. */
export const PAGE_HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  // Not `no-referrer`: with it browsers send `Origin: null` with our own forms.
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const

/** The frame of a sandbox's page, in the look of xSwarm's own pages and with a mark that nobody overlooks. */
export function controlPage(title: string, content: Markup): Markup {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · SANDBOX</title>
<link rel="icon" href="/_sandbox/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/_sandbox/style.css">
<link rel="stylesheet" href="/_sandbox/sandbox.css">
</head>
<body>
<p class="sandbox-mark"><strong>SANDBOX</strong> Nothing here is real: no call, no text, no money leaves this machine.</p>
<header class="top"><a class="brand" href="/_sandbox"><span class="lens" aria-hidden="true"></span>${title}</a></header>
${content}
</body>
</html>
`
}

const TYPES = {
  'style.css': 'text/css; charset=utf-8',
  'sandbox.css': 'text/css; charset=utf-8',
  'icon.svg': 'image/svg+xml',
} as const
type AssetName = keyof typeof TYPES

/** A file of `public/` that pages of a sandbox need; undefined for any other name. */
export function controlAsset(name: string): Response | undefined {
  if (!Object.hasOwn(TYPES, name)) return undefined
  const asset = name as AssetName // just looked up
  // `public/` lies beside `src/` and `dist/` alike.
  const bytes = readFileSync(new URL(`../../public/${asset}`, import.meta.url))
  return new Response(bytes, {
    headers: {
      'Content-Type': TYPES[asset],
      'X-Content-Type-Options': 'nosniff',
      'Cache-Control': 'no-cache',
    },
  })
}
