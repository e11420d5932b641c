// Brings signed events over HTTP, each a new one, in a process of its own: signing is what wrk cannot do. With `rate` so many
// a second, else as fast as they are answered.
import { createHmac } from 'node:crypto'
import autocannon from 'autocannon'

const { url, secret, prefix, customers, connections, seconds, rate } = JSON.parse(process.argv[2])
let count = 0
const REST = Array.from({ length: 60 }, (_, n) => `"a_field_of_a_subscription_${n}":"value ${n}"`).join(',')

const result = await autocannon({
  url,
  connections,
  duration: seconds,
  ...(rate !== undefined && { overallRate: rate }),
  requests: [
    {
      method: 'POST',
      setupRequest: (request) => {
        const body = eventBody(count++)
        const t = Math.floor(Date.now() / 1000)
        const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
        const headers = { 'content-type': 'application/json', 'stripe-signature': `t=${t},v1=${v1}` }
        return { ...request, headers, body }
      },
    },
  ],
})
process.stdout.write(
  JSON.stringify({
    requests: result.requests.total,
    perSecond: result.requests.total / result.duration,
    refused: result.non2xx,
    errors: result.errors + result.timeouts,
    p50: result.latency.p50,
    p99: result.latency.p99,
  }),
)

/** As long as a subscription's event is: about 3 KB. */
function eventBody(n) {
  return `{"id":"evt_${prefix}${n}","object":"event","api_version":"2026-10-28.endive","created":${Math.floor(
    Date.now() / 1000,
  )},"data":{"object":{"id":"sub_${n % customers}","object":"subscription","customer":"cus_${n % customers}","status":"active",${REST}}},"livemode":false,"pending_webhooks":1,"request":{"id":null,"idempotency_key":null},"type":"customer.subscription.updated"}`
}
