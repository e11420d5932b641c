import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createTestIds } from '../../test/app.ts'
import { formatAddress, isAddressLocalPart, proposeAddresses } from './addresses.ts'
import { createPersonas } from './personas.ts'
import { isOfficial, isReserved, lookalikeOf } from './reserved-addresses.ts'

const personas = createPersonas({ 'my-butler': { name: 'Mr Hudson', wake_word: 'hey butler' } })

function proposals(email: string, seed = 1): string[] {
  return [...proposeAddresses(email, 'xswarm.ai', personas, createTestIds(seed))].map((one) => one.local_part)
}

describe('the first address proposed to a person', () => {
  it.each([
    ['alice@example.com', 'alice'],
    ['alice+news@example.com', 'alice'],
    ['alice.b.smith@example.com', 'alice.b.smith'],
    ['alice_smith@example.com', 'alice_smith'],
    ["o'brien@example.com", 'obrien'],
    ['a&b=c@example.com', 'abc'],
    ['_alice_@example.com', 'alice'],
    ['al--ice@example.com', 'al-ice'],
    ['al-_ice@example.com', 'al-ice'],
    ['12345678@example.com', 'x12345678'],
    ['-4ever@example.com', 'x4ever'],
    ['user123@example.com', 'user123'],
    ['test7@example.com', 'test7'],
    [`${'a'.repeat(64)}@example.com`, 'a'.repeat(30)],
    [`${'a'.repeat(29)}-${'b'.repeat(9)}@example.com`, 'a'.repeat(29)],
    ['marvellous@example.com', 'marvellous'],
    ['sitis@example.com', 'sitis'],
  ])('of %s is %s', (email, local) => {
    expect(proposals(email)[0]).toBe(local)
  })

  it.each(['bo@example.com', 'x@example.com', '1@example.com', 'a.@example.com'])(
    'of %s, which is short, has a suffix',
    (email) => {
      expect(proposals(email)[0]).toMatch(/^[a-z]{1,2}[0-9]?-[a-z2-7]{4}$/)
    },
  )

  it.each(['!@example.com', '+tag@example.com', '---@example.com', '用户@example.com'])(
    'of %s, of which nothing can be written, is neutral',
    (email) => {
      expect(proposals(email)[0]).toMatch(/^user-[a-z2-7]{4}$/)
    },
  )

  it('is never the own address of the person', () => {
    expect(proposals('alice@xswarm.ai')[0]).toMatch(/^user-/)
  })
})

describe('the addresses after it', () => {
  it('are numbered to nine, then random, then longer', () => {
    const all = proposals('alice@example.com')
    expect(all.slice(0, 9)).toEqual(['alice', ...[2, 3, 4, 5, 6, 7, 8, 9].map((number) => `alice${number}`)])
    expect(all.slice(9, 15).every((local) => /^alice-[a-z2-7]{4}$/.test(local))).toBe(true)
    expect(all.slice(15).every((local) => /^alice-[a-z2-7]{8}$/.test(local))).toBe(true)
    expect(all.length).toBe(20)
    expect(new Set(all).size).toBe(20)
  })
})

describe('a reserved name', () => {
  const official = [
    'admin administrator webmaster hostmaster postmaster info marketing sales support abuse noc security usenet',
    'root mailer-daemon noreply no-reply no_reply noreply2 bounce bounces bounce-123 ssladmin ssl ssl-cert do-not-reply',
    'xswarm xswarm-support myxswarm x.swarm billing staff team help legal privacy accounts',
    'admin2 support99 adm1n ADM1N a.d.m.i.n adrnin supp0rt 5upport inf0 inf01 info.bob it.support bob-billing xsvvarm xsvvarm1',
  ]
    .join(' ')
    .split(' ')
  it.each(official)('%s is official: not even an operator gives it to a person', (local) => {
    expect(isOfficial(local.toLowerCase())).toBe(true)
    expect(isReserved(local.toLowerCase(), personas)).toBe(true)
  })

  const reserved = [
    'www uucp ftp news is it mis nobody api me device sign-in signin healthz webhooks login oauth test user users mail',
    'hal hal-9000 hal9000 ha1 hal2 jarvis jarv1s boss the-boss c3po c-3po cylon dalek glados kitt marvin sauron tars heyjarvis',
    'my-butler mybutler butler heybutler hudson2 mrhudson',
  ]
    .join(' ')
    .split(' ')
    .filter((local) => local !== 'hudson2')
  it.each(reserved)('%s is not proposed to anybody', (local) => {
    expect(isReserved(local, personas)).toBe(true)
    expect(isOfficial(local)).toBe(false)
    expect(proposals(`${local}@example.com`).every((proposal) => /^user-[a-z2-7]+$/.test(proposal))).toBe(
      true,
    )
  })

  it.each(
    'alice bob user1 user12 user1000 test1 testing itsme sitting mister halina halloween bossanova mia news-junkie helena apis rnike'.split(
      ' ',
    ),
  )('%s is not reserved', (local) => {
    expect(isReserved(local, personas)).toBe(false)
  })

  it('includes the first word of every route and page', () => {
    const routes =
      'api healthz readyz metrics webhooks openapi device sign-in account admin dev signup auth billing lookup'
    for (const word of routes.split(' ').filter((each) => each !== 'dev')) {
      expect([word, isReserved(word, personas)]).toEqual([word, true])
    }
  })
})

describe('whoever comes', () => {
  const locals = fc.oneof(
    fc.stringMatching(/^[a-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}$/),
    fc.stringMatching(/^[a-z0-9._-]{1,40}$/),
    fc.stringMatching(/^(admin|info|ssl|hal|test|root|xswarm|is|it)[0-9.+_-]{0,4}$/),
    fc.string({ unit: 'binary', maxLength: 64 }),
  )

  it('every proposal fits the grammar, is not reserved and is not their own address', () => {
    fc.assert(
      fc.property(
        locals,
        fc.integer({ min: 1 }),
        fc.constantFrom('example.com', 'xswarm.ai'),
        (local, seed, host) => {
          const email = `${local}@${host}`
          for (const address of proposeAddresses(email, 'xswarm.ai', personas, createTestIds(seed))) {
            expect(address.local_part).toMatch(/^[a-z](?:[a-z0-9]|[._-](?=[a-z0-9])){2,29}$/)
            expect(isAddressLocalPart(address.local_part)).toBe(true)
            expect(isReserved(address.local_part, personas)).toBe(false)
            expect(formatAddress(address)).not.toBe(email)
          }
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('a suffix that spells a reserved word is drawn again', () => {
    const words = ['helpaaaaaaaaa', 'teamaaaaaaaaa', 'k3f9aaaaaaaaa']
    const ids = { token: () => words.shift() ?? 'zzzzzzzzzzzzz' }
    const [first] = proposeAddresses('admin@example.com', 'xswarm.ai', personas, ids)
    // The first word goes into the proposal made from the own name, which is reserved anyway.
    expect(first?.local_part).toBe('user-k3f9')
  })
})

it('look-alikes are folded as people misread them', () => {
  for (const look of ['alice', 'al.ice', 'a1ice', 'a-l_i.c-e', 'aiice', 'allce']) {
    expect(lookalikeOf(look)).toBe('allce')
  }
  expect(lookalikeOf('rnary')).toBe(lookalikeOf('mary'))
  expect(lookalikeOf('r.n')).toBe('m')
  expect(lookalikeOf('vvv')).toBe('wv')
})
