import type { LoadedConfig } from '../config/load.ts'
import type { Check } from './examination.ts'

/** How the Stripe account fits the config. Nothing where Stripe is switched off. */
export async function checkStripe({ config, secrets }: LoadedConfig, offline: boolean): Promise<Check[]> {
  if (!config.features.stripe_enabled) return []
  const { STRIPE_SECRET_KEY: secretKey } = secrets
  if (secretKey === undefined) {
    // Elsewhere the missing key is told with the other secrets.
    if (config.environment !== 'development') return []
    const message = 'no key, and none is needed: xswarm dev brings a sandbox'
    return [{ name: 'stripe', state: 'ok', message }]
  }
  const { modeMismatches } = await import('../config/secret-rules.ts')
  if (modeMismatches(config, secrets).length > 0)
    return [{ name: 'stripe', state: 'warn', message: 'not asked: the keys must be in order first' }]
  if (offline) return [{ name: 'stripe', state: 'ok', message: 'not asked because of --offline' }]
  const [{ checkBilling }, { createStripe }, { splitRotated }] = await Promise.all([
    import('../actions/check-billing.ts'),
    import('../adapters/stripe.ts'),
    import('../config/secrets.ts'),
  ])
  const billing = createStripe({
    secretKey,
    webhookSecrets: splitRotated(secrets.STRIPE_WEBHOOK_SECRET),
    apiBase: config.stripe.api_base,
    clock: { now: () => Date.now() },
    timeoutMs: 10_000,
    retriesMax: 0,
  })
  return [...(await checkBilling({ billing, config, probe }))]
}

/** What our webhook answers to somebody who is not Stripe. */
async function probe(url: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
      redirect: 'manual',
      signal: AbortSignal.timeout(5_000),
    })
    await answer.body?.cancel()
    return answer.status
  } catch (error) {
    if (error instanceof Error) return undefined
    throw error
  }
}
