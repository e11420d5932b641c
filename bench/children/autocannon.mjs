// Makes requests in a process of its own, as load.mjs says.
import { readFileSync } from 'node:fs'
import autocannon from 'autocannon'

const { url, kind, argument, connections, seconds, rate } = JSON.parse(process.argv[2])
let count = 0
const tokens = kind === 'me' || kind === 'signed' ? readFileSync(argument, 'utf8').trim().split('\n') : []
const requests = {
  get: { method: 'GET' },
  me: {
    method: 'GET',
    setupRequest: (request) => ({
      ...request,
      headers: { ...request.headers, authorization: `Bearer ${tokens[count++ % tokens.length]}` },
    }),
  },
  signed: {
    method: 'POST',
    setupRequest(request) {
      const [signature, body] = tokens[count++ % tokens.length].split(' ')
      const type = { 'content-type': 'application/x-www-form-urlencoded' }
      return { ...request, body, headers: { ...type, 'x-twilio-signature': signature } }
    },
  },
  'sign-up': {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    setupRequest: (request) => ({ ...request, body: signUpBody(count++) }),
  },
}

const result = await autocannon({
  url,
  connections,
  duration: seconds,
  requests: [requests[kind]],
  ...(rate !== undefined && { overallRate: rate }),
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

function signUpBody(n) {
  return `{"email":"${argument}${n}@example.com","phone":"+1555${String(n).padStart(7, '0')}"}`
}
