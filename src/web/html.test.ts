import { describe, expect, it } from 'vitest'
import { html } from './html.ts'

describe('html', () => {
  it('escapes whatever stands between the literal parts, in text and in attributes', () => {
    const nasty = `<script>alert("1" & '2')</script>`
    const safe = '&lt;script&gt;alert(&quot;1&quot; &amp; &#39;2&#39;)&lt;/script&gt;'
    expect(html`<p title="${nasty}">${nasty}</p>`.text).toBe(`<p title="${safe}">${safe}</p>`)
  })

  it('does not escape twice what is HTML already', () => {
    expect(html`<p>${html`<b>${'a & b'}</b>`}</p>`.text).toBe('<p><b>a &amp; b</b></p>')
  })

  it('prints lists one after the other, each of them escaped', () => {
    expect(html`${['<', html`<br>`, ['&']]}`.text).toBe('&lt;<br>&amp;')
  })

  it('prints nothing for what is absent, and numbers as they are', () => {
    expect(html`[${undefined}${false}${''}${0}]`.text).toBe('[0]')
  })

  it('prints nothing for a NULL, which a row made by hand may hold where its type says text', () => {
    const row: { tier: string } = JSON.parse('{"tier":null}')
    expect(html`<b>${row.tier}</b>`.text).toBe('<b></b>')
  })

  it('does not take an object that looks like HTML for HTML', () => {
    // What JSON can bring in must not become markup, so a plain object with a `text` is none.
    const forged = JSON.parse('{"text":"<script>"}')
    expect(() => html`${forged}`.text).toThrow()
  })
})
