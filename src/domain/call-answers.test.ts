import { describe, expect, test } from 'vitest'
import { defaultConfig } from '../../test/app.ts'
import { answerTo } from './call-answers.ts'
import type { NumberRoute } from './number-queries.ts'
import { createPersonas } from './personas.ts'
import type { ProjectConfig } from './project.ts'
import type { User } from './users.ts'

const owner = '+15551234567'
const alice = {
  id: 'alice',
  phone: owner,
  subscription_tier: 'premium',
  persona: 'hal-9000',
} as User
const route: NumberRoute = { number: { id: 'n', state: 'active', user_id: 'alice' }, user: alice }
const assistant = { stream_url: 'wss://assistant.example/stream' }

interface Case {
  readonly user?: Partial<User>
  readonly state?: NumberRoute['number']['state']
  readonly from?: string
  readonly config?: Partial<ProjectConfig>
  readonly nobody?: true
}

function heard({ user, state = 'active', from = owner, config, nobody }: Case): string {
  const to = nobody ? undefined : { number: { ...route.number, state }, user: { ...alice, ...user } }
  const project = { ...defaultConfig(), assistant, ...config }
  return answerTo(to, { from, sid: 'CA1' }, project, createPersonas({}))
}

const GREETING = 'All my circuits are at your service'
const NEUTRAL = 'not in service'
const features = (off: Partial<ProjectConfig['features']>) => ({
  features: { ...defaultConfig().features, ...off },
})

describe('what a caller hears', () => {
  test.each<[string, Case, string, string[]]>([
    ['the owner', {}, '<Stream', [NEUTRAL]],
    ['the owner without an assistant', { config: { assistant: {} } }, 'your number works', ['<Stream']],
    ['a stranger', { from: '+15550009999' }, 'only talk to the person', ['<Stream']],
    ['somebody who hides their number', { from: '+266696687' }, 'only talk to the person', ['<Stream']],
    ['anybody, when the owner gave no phone', { user: { phone: null }, from: '+15550009999' }, '<Stream', []],
    ['who dials a number of nobody', { nobody: true }, NEUTRAL, [GREETING, '<Stream']],
    ['who dials a number in grace', { state: 'grace' }, NEUTRAL, [GREETING, '<Stream']],
    ['who dials a number that goes back', { state: 'releasing' }, NEUTRAL, [GREETING, '<Stream']],
    ['who dials a candidate', { state: 'buying' }, NEUTRAL, [GREETING, '<Stream']],
    ['the owner after the tier', { user: { subscription_tier: 'free' } }, NEUTRAL, [GREETING, '<Stream']],
    [
      'the owner with calls switched off',
      { config: features({ voice_enabled: false }) },
      'does not take calls',
      ['<Stream'],
    ],
    [
      'the owner of a tier without minutes',
      {
        config: {
          tiers: {
            ...defaultConfig().tiers,
            premium: { toll_free_number: true, voice_minutes: 0, sms_messages: 1 },
          },
        },
      },
      'does not take calls',
      ['<Stream'],
    ],
  ])('%s', (_, one, expected, never) => {
    const twiml = heard(one)
    expect(twiml).toContain(expected)
    for (const text of never) expect(twiml).not.toContain(text)
  })

  test('is the greeting of the persona in its voice, for three personas', () => {
    const greetings = ['hal-9000', 'jarvis', 'glados'].map((persona) => heard({ user: { persona } }))
    expect(greetings).toMatchInlineSnapshot(`
      [
        "<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="Polly.Matthew">Good day. All my circuits are at your service.</Say><Connect><Stream url="wss://assistant.example/stream"><Parameter name="user_id" value="alice"/><Parameter name="persona" value="hal-9000"/><Parameter name="call_sid" value="CA1"/><Parameter name="from" value="+15551234567"/><Parameter name="caller" value="owner"/></Stream></Connect></Response>",
        "<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="Polly.Brian-Neural">At your service. Where shall we begin?</Say><Connect><Stream url="wss://assistant.example/stream"><Parameter name="user_id" value="alice"/><Parameter name="persona" value="jarvis"/><Parameter name="call_sid" value="CA1"/><Parameter name="from" value="+15551234567"/><Parameter name="caller" value="owner"/></Stream></Connect></Response>",
        "<?xml version="1.0" encoding="UTF-8"?><Response><Say voice="Polly.Joanna-Neural">Oh, you called. I was just enjoying the silence.</Say><Connect><Stream url="wss://assistant.example/stream"><Parameter name="user_id" value="alice"/><Parameter name="persona" value="glados"/><Parameter name="call_sid" value="CA1"/><Parameter name="from" value="+15551234567"/><Parameter name="caller" value="owner"/></Stream></Connect></Response>",
      ]
    `)
  })

  test('never proves a caller: who has no phone on record is unknown to the assistant', () => {
    expect(heard({ user: { phone: null } })).toContain('name="caller" value="unknown"')
    expect(heard({})).toContain('name="caller" value="owner"')
  })
})
