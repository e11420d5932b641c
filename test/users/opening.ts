import { afterEach } from 'vitest'
import { createTestApp, type TestApp } from '../app.ts'

/** A way to open test apps that are closed after the test which opened them. For the top of a test file. */
export function openingApps(): typeof createTestApp {
  const opened: TestApp[] = []
  afterEach(async () => {
    for (const app of opened.splice(0)) await app.close()
  })
  return async (...options) => {
    const app = await createTestApp(...options)
    opened.push(app)
    return app
  }
}
