import { expect, it } from 'vitest'
import { isReserved } from '../../src/domain/reserved-addresses.ts'
import { createHttp } from '../../src/http/service.ts'
import { openingApps } from './opening.ts'

const openApp = openingApps()

it('nobody is given an address that is named like a route of ours', async () => {
  const { app } = await openApp()
  const segments = createHttp(app).routes.flatMap((route) => route.path.split('/'))
  const words = segments
    .filter((segment) => segment !== '' && !segment.startsWith(':'))
    .map((segment) => segment.replace(/^\.|\.\w+$/g, ''))
  expect(words).toContain('signup')
  // A route with another word? Add the word to SYSTEM in src/domain/reserved-addresses.ts.
  expect([...new Set(words)].filter((word) => !isReserved(word, app.personas))).toEqual([])
})
