import { afterEach, expect, it } from 'vitest'
import { isReserved } from '../../src/domain/reserved-addresses.ts'
import { createHttp } from '../../src/http/service.ts'
import { createTestApp, type TestApp } from '../app.ts'

let opened: TestApp | undefined
afterEach(async () => {
  await opened?.close()
  opened = undefined
})

it('nobody is given an address that is named like a route of ours', async () => {
  opened = await createTestApp()
  const { app } = opened
  const segments = createHttp(app).routes.flatMap((route) => route.path.split('/'))
  const words = segments
    .filter((segment) => segment !== '' && !segment.startsWith(':'))
    .map((segment) => segment.replace(/^\.|\.\w+$/g, ''))
  expect(words).toContain('signup')
  // A route with another word? Add the word to SYSTEM in src/domain/reserved-addresses.ts.
  expect([...new Set(words)].filter((word) => !isReserved(word, app.personas))).toEqual([])
})
