import { malformed } from '../errors.ts'
import type { Customer } from '../objects/customer.ts'
import type { Sandbox } from '../sandbox.ts'

const CLAUSE = /^(-)?(email|name|phone|metadata\[(?:"([^"]*)"|'([^']*)')\])([:~])(?:"([^"]*)"|'([^']*)')$/
const SPLIT = /\s+(AND|OR)\s+/i

/** Stripe's search: `email:"a@example.com" AND metadata["k"]:"v"`. `:` is exact, `~` a part, letter case counts for neither. */
export function searchCustomers(sandbox: Sandbox, query: string, limit: number, page: string | undefined) {
  const accepts = parse(query)
  const start = page === undefined ? 0 : readPage(page)
  const found = sandbox.store.all('customer').filter(accepts).toReversed()
  const data = found.slice(start, start + limit)
  const has_more = found.length > start + limit
  const next_page = has_more ? Buffer.from(String(start + limit)).toString('base64url') : null
  return {
    object: 'search_result',
    data,
    has_more,
    next_page,
    total_count: found.length,
    url: '/v1/customers/search',
  }
}

function parse(query: string): (customer: Customer) => boolean {
  const parts = query.trim().split(SPLIT)
  const clauses = parts.filter((_, index) => index % 2 === 0).map(clause)
  const words = new Set(parts.filter((_, index) => index % 2 === 1).map((word) => word.toUpperCase()))
  if (words.size > 1)
    throw malformed('You may not combine AND and OR in one search query.', { param: 'query' })
  return words.has('OR')
    ? (customer) => clauses.some((holds) => holds(customer))
    : (customer) => clauses.every((holds) => holds(customer))
}

function clause(text: string): (customer: Customer) => boolean {
  const match = CLAUSE.exec(text)
  if (match === null) {
    const message = `We were unable to parse your search query: ${text}. Write it as email:"jenny@example.com".`
    throw malformed(message, { param: 'query' })
  }
  const [, negated, field = '', double, single, operator, quoted, ticked] = match
  const wanted = (quoted ?? ticked ?? '').toLowerCase()
  return (customer) => {
    const value = read(customer, field, double ?? single)?.toLowerCase()
    const holds = operator === ':' ? value === wanted : (value ?? '').includes(wanted)
    return holds !== (negated === '-')
  }
}

function read(customer: Customer, field: string, key: string | undefined): string | undefined {
  if (key !== undefined) return customer.metadata[key]
  if (field === 'email') return customer.email ?? undefined
  return (field === 'name' ? customer.name : customer.phone) ?? undefined
}

function readPage(page: string): number {
  const start = Number(Buffer.from(page, 'base64url').toString())
  if (Number.isSafeInteger(start) && start >= 0) return start
  throw malformed('Invalid page.', { param: 'page' })
}
