import type { ProjectConfig } from '../domain/project.ts'
import type { Kind } from './route.ts'

/** What a page may load and where its forms may lead; a redirect of a form counts as a part of its way. */
export function pagePolicy(formOrigins: readonly string[] = []): string {
  const forms = ["'self'", ...formOrigins].join(' ')
  return (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; " +
    `form-action ${forms}; base-uri 'none'; frame-ancestors 'none'; object-src 'none'`
  )
}

/** The headers that every answer of a kind carries. Built once; handlers may add to them. */
export function createSecurityHeaders(config: ProjectConfig): Record<Kind, Readonly<Record<string, string>>> {
  const always = {
    'X-Content-Type-Options': 'nosniff',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    ...(config.server.public_url.startsWith('https:')
      ? { 'Strict-Transport-Security': 'max-age=63072000; includeSubDomains' }
      : {}),
  }
  const nothing = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
  return {
    api: {
      ...always,
      'Content-Security-Policy': nothing,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
    oauth: {
      ...always,
      'Content-Security-Policy': nothing,
      'Referrer-Policy': 'no-referrer',
      'Cache-Control': 'no-store',
    },
    page: {
      ...always,
      'Content-Security-Policy': pagePolicy(),
      // Not `no-referrer`: with it browsers send `Origin: null` with our own forms, which the same-origin check refuses.
      'Referrer-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=()',
      'Cache-Control': 'no-store',
    },
    asset: { ...always, 'Content-Security-Policy': nothing, 'Referrer-Policy': 'no-referrer' },
  }
}
