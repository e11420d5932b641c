import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runJobs } from '../jobs/run-jobs.ts'
import {
  createBrowser,
  createTestService,
  readCode,
  type TestService,
  type Told,
  wrong,
} from '../sign-in/people.ts'

const email = 'alice@example.com'
let parts: TestService
let browser: ReturnType<typeof createBrowser>
beforeEach(async () => {
  parts = await createTestService()
  browser = createBrowser(parts)
})
afterEach(() => parts.close())

/** Sends a form as a browser without JavaScript does. */
function send(path: string, fields: Record<string, string>, by = browser): Promise<Told> {
  return by.ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(fields).toString(),
  })
}

async function signIn(by = browser, address = email): Promise<void> {
  expect((await send('/', { email: address }, by)).status).toBe(201)
  const told = await send('/sign-in/code', { email: address, code: await readCode(parts, address) }, by)
  expect([told.status, told.headers.get('location')]).toEqual([303, '/account'])
}

const me = async () => (await browser.ask('/api/me')).body
/** Without what only helps long words to break. */
const read = ({ text }: Told) => text.replaceAll('<wbr>', '')

describe('from the sign-up to the account', () => {
  it('there is no detour: address and code on one page, then the account', async () => {
    const signedUp = await send('/', { email, phone: '+15551234567' })
    expect(read(signedUp)).toContain('alice@xswarm.ai')
    expect(signedUp.text).toContain('action="/sign-in/code"')
    const code = await readCode(parts, email)
    const told = await send('/sign-in/code', { email, code })
    expect([told.status, told.headers.get('location')]).toEqual([303, '/account'])
    expect(read(await browser.ask('/account'))).toContain('alice@xswarm.ai')
    // The browser that signed up has also brought the proof, so what it gave is kept.
    expect((await me()).phone).toBe('+15551234567')
  })

  it('where no code may be sent any more the sign-up stands, and the page leads to the sign-in', async () => {
    const limits = {
      ...parts.app.config.limits,
      enabled: true,
      codes_per_hour_per_email: 1,
      codes_per_hour_per_ip: 1,
    }
    const limited = await createTestService({ config: { limits } })
    const other = createBrowser(limited)
    for (const name of ['a', 'b']) {
      const told = await send('/', { email: `${name}@example.com` }, other)
      expect(told.status).toBe(201)
      expect(told.text.includes('action="/sign-in/code"')).toBe(name === 'a')
      expect(told.text).toContain('href="/sign-in?return=/account"')
    }
    await limited.close()
  })
})

describe('signing in at the page', () => {
  const ask = (fields: Record<string, string> = {}) => send('/sign-in', { email, ...fields })

  it('says the same whether anybody has the address or not', async () => {
    await send('/', { email })
    const known = await ask()
    const unknown = await send('/sign-in', { email: 'nobody@example.com' })
    expect(known.status).toBe(200)
    expect(unknown.text.replaceAll('nobody@', 'alice@')).toBe(known.text)
    expect([...unknown.headers.keys()]).toEqual([...known.headers.keys()])
  })

  it('goes back to where the visitor came from, and never to another site', async () => {
    await send('/', { email })
    const sent = await browser.ask('/device?user_code=WDJB-MJHT')
    expect([sent.status, sent.headers.get('location')]).toEqual([
      303,
      '/sign-in?return=%2Fdevice%3Fuser_code%3DWDJB-MJHT',
    ])
    const page = await browser.ask(sent.headers.get('location') ?? '')
    expect(page.text).toContain('name="return" value="/device?user_code=WDJB-MJHT"')
    for (const [given, place] of [
      ['/device?user_code=WDJB-MJHT', '/device?user_code=WDJB-MJHT'],
      ['https://evil.example/', '/account'],
      ['//evil.example', '/account'],
      ['/\\evil.example', '/account'],
      ['javascript:alert(1)', '/account'],
    ] as const) {
      await ask()
      const told = await send('/sign-in/code', { email, code: await readCode(parts, email), return: given })
      expect([given, told.headers.get('location')]).toEqual([given, place])
      await send('/sign-out', {})
    }
  })

  it('shows what is wrong where it is wrong, keeps what was entered, and escapes it', async () => {
    const bad = await send('/sign-in', { email: '"><script>alert(1)</script>' })
    expect(bad.status).toBe(422)
    expect(bad.text).toContain('aria-invalid="true"')
    expect(bad.text).not.toContain('<script>alert')
    await send('/', { email })
    const code = await readCode(parts, email)
    for (const [given, status] of [
      ['12', 422],
      [wrong(code), 401],
    ] as const) {
      const told = await send('/sign-in/code', { email, code: given })
      expect([given, told.status]).toEqual([given, status])
      expect(told.text).toMatch(/id="code"[^>]*aria-invalid="true"/s)
      expect(told.text).toContain(`name="email" value="${email}"`)
      expect(browser.jar.has('xswarm')).toBe(false)
    }
    expect((await send('/sign-in/code', { email, code })).status).toBe(303)
  })

  it('sends on who is signed in already, and signs out for good', async () => {
    await signIn()
    const told = await browser.ask('/sign-in?return=/device')
    expect([told.status, told.headers.get('location')]).toEqual([303, '/device'])
    const token = browser.jar.get('xswarm')
    expect((await send('/sign-out', {})).headers.get('location')).toBe('/')
    expect(browser.jar.has('xswarm')).toBe(false)
    browser.jar.set('xswarm', token ?? '')
    expect((await browser.ask('/account')).headers.get('location')).toBe('/sign-in?return=%2Faccount')
  })

  it('takes no form of another site', async () => {
    await signIn()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'cross-site' }
    for (const path of ['/sign-in', '/sign-in/code', '/sign-out', '/account'])
      expect((await browser.ask(path, { method: 'POST', headers, body: 'form=session&id=all' })).status).toBe(
        403,
      )
    expect((await browser.ask('/account')).status).toBe(200)
  })
})

describe('the account page without JavaScript', () => {
  beforeEach(() => signIn())
  const account = (fields: Record<string, string>) => send('/account', fields)

  it('shows every persona as a card with its wake word and greeting, the chosen one marked', async () => {
    const { text } = await browser.ask('/account')
    for (const { key, name } of parts.app.personas.values()) {
      expect(text).toContain(`value="${key}"`)
      expect(text).toContain(`<span class="name">${name}</span>`)
    }
    expect(text.match(/<input type="radio"[^>]*checked/g)).toHaveLength(1)
    expect(text).toMatch(/value="hal-9000" checked/)
  })

  it('changes persona, wake word and phone, and says so', async () => {
    for (const [fields, stored, said] of [
      [
        { form: 'persona', persona: 'jarvis' },
        { persona: 'jarvis', wake_word: 'hey jarvis' },
        'Your persona is changed.',
      ],
      [{ form: 'wake_word', wake_word: 'computer' }, { wake_word: 'computer' }, 'Your wake word is saved.'],
      [{ form: 'phone', phone: '+1 555 123 4567' }, { phone: '+15551234567' }, 'Your phone is saved.'],
      [{ form: 'phone', phone: '' }, { phone: null }, 'Your phone is saved.'],
    ] as const) {
      const told = await account(fields)
      expect(told.status).toBe(303)
      const [path = ''] = (told.headers.get('location') ?? '').split('#')
      expect((await browser.ask(path)).text).toContain(said)
      expect(await me()).toMatchObject(stored)
    }
  })

  it.each([
    ['persona', { persona: 'nobody' }],
    ['wake_word', { wake_word: '!' }],
    ['phone', { phone: '12<b>' }],
    ['email', { email: 'nowhere' }],
    ['close', { confirm: 'bob@example.com' }],
  ])('shows at the field why %s was refused, with what was entered', async (form, fields) => {
    const before = await me()
    const told = await account({ form, ...fields })
    expect(told.status).toBe(422)
    expect(told.text).toMatch(/<p class="fault"[^>]*>[^<]+<\/p>/)
    expect(told.text).not.toContain('12<b>')
    expect(told.text).toMatch(/<title>Please check: /)
    expect(await me()).toEqual(before)
  })

  it('takes nothing that is no form of it', async () => {
    for (const fields of [
      {},
      { form: 'tier', tier: 'premium' },
      { form: 'persona', subscription_tier: 'premium' },
    ])
      expect((await account(fields as Record<string, string>)).status).toBe(422)
    expect((await me()).subscription_tier).toBe('free')
    expect((await browser.ask('/account?done=constructor')).status).toBe(200)
  })

  it('lists devices, signs one of them out, and then everything', async () => {
    const phone = createBrowser(parts, '192.0.2.77')
    await send('/sign-in', { email }, phone)
    await send('/sign-in/code', { email, code: await readCode(parts, email) }, phone)
    const { sessions } = (await browser.ask('/api/auth/sessions')).body
    const other = sessions.find((one: { current: boolean }) => !one.current)
    expect((await browser.ask('/account')).text.match(/this one/g)).toHaveLength(1)
    expect((await account({ form: 'session', id: other.id })).headers.get('location')).toContain(
      'done=session',
    )
    expect((await phone.ask('/account')).status).toBe(303)
    expect((await account({ form: 'session', id: 'x' })).status).toBe(404)
    expect((await account({ form: 'session', id: 'all' })).headers.get('location')).toBe('/sign-in')
    expect((await browser.ask('/account')).status).toBe(303)
  })

  it('changes the mail address in two steps', async () => {
    expect((await account({ form: 'email', email: 'new@example.com' })).status).toBe(303)
    const waiting = await browser.ask('/account')
    expect(waiting.text).toMatch(/<details class="row" id="email" open>/)
    await runJobs(parts)
    const code =
      parts.mailbox
        .list()
        .find(({ to }) => to === 'new@example.com')
        ?.subject.slice(0, 6) ?? ''
    const refused = await account({ form: 'email', email: 'new@example.com', code: wrong(code) })
    expect([refused.status, refused.text.includes('wrong, used up or too old')]).toEqual([422, true])
    expect((await account({ form: 'email', email: 'new@example.com', code })).status).toBe(303)
    expect((await me()).email).toBe('new@example.com')
    expect((await browser.ask('/account')).text).toMatch(/<details class="row" id="email" >/)
  })

  it('closes the account only with the address typed, and then shows the receipt', async () => {
    const told = await account({ form: 'close', confirm: ` ${email.toUpperCase()} ` })
    expect(told.status).toBe(200)
    expect(told.text).toContain('Your account is closed')
    expect(await parts.app.users.findByEmail(email)).toBeUndefined()
    expect(browser.jar.has('xswarm')).toBe(false)
  })

  it('shows plan, usage and number of whoever has them', async () => {
    expect((await browser.ask('/account')).text).toContain('not in this plan')
    await parts.sql("UPDATE users SET subscription_tier = 'premium' WHERE email = ?", email)
    const premium = await browser.ask('/account')
    expect(premium.text).toContain('given to you')
    expect(premium.text.match(/<meter /g)).toHaveLength(2)
    expect(premium.text).toContain('on the way')
    await parts.sql("UPDATE users SET xswarm_phone = '+18005551001' WHERE email = ?", email)
    expect((await browser.ask('/account')).text).toContain('+1\u00a0800\u00a0555\u00a01001')
  })

  it('shows a row made by hand with a persona and a tier that we do not have', async () => {
    await parts.sql(
      "UPDATE users SET persona = '<i>', wake_word = '<u>', subscription_tier = 'gold', phone = '\"x' WHERE email = ?",
      email,
    )
    const { status, text } = await browser.ask('/account')
    expect(status).toBe(200)
    expect(text).not.toMatch(/<i>|<u>/)
    expect(text).toContain('gold')
  })
})
