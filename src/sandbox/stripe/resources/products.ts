import { endpoint, listing, matches, within } from '../api.ts'
import { missing, refuse } from '../errors.ts'
import { emit } from '../events.ts'
import { newProduct, type Product } from '../objects/product.ts'
import { changed, mergeMetadata } from '../objects/shared.ts'
import { clearable, flag, list, metadata, range, required, text } from '../params.ts'
import { nowOf, type Sandbox } from '../sandbox.ts'

const fields = {
  active: flag(),
  description: clearable(text(40_000)),
  metadata: metadata(),
  unit_label: clearable(text(12)),
}

export const products = [
  endpoint(
    'POST',
    '/v1/products',
    { ...fields, id: text(255), name: required(text()) },
    (sandbox, params) => {
      if (params.id !== undefined && sandbox.store.find('product', params.id) !== undefined) {
        throw refuse('Product already exists.', { code: 'resource_already_exists', param: 'id' })
      }
      const product = newProduct(nowOf(sandbox), {
        ...(params.id === undefined ? {} : { id: params.id }),
        name: params.name,
        active: params.active ?? true,
        description: params.description ?? null,
        metadata: mergeMetadata({}, params.metadata),
        unit_label: params.unit_label ?? null,
      })
      sandbox.store.put('product', product)
      emit(sandbox, 'product.created', product)
      return product
    },
  ),

  listing(
    '/v1/products',
    'product',
    { active: flag(), created: range(), ids: list(text()) },
    (sandbox, { active, created, ids }) =>
      sandbox.store
        .all('product')
        .filter((one) => matches(one.active, active) && within(one.created, created))
        .filter(({ id }) => ids === undefined || ids.includes(id)),
  ),

  endpoint('GET', '/v1/products/:id', {}, (sandbox, _params, { id }) => getProduct(sandbox, id)),

  endpoint(
    'POST',
    '/v1/products/:id',
    { ...fields, default_price: clearable(text()), name: text() },
    (sandbox, params, { id }) => {
      const old = getProduct(sandbox, id)
      const next: Product = {
        ...old,
        active: params.active ?? old.active,
        default_price: changed(params.default_price, old.default_price),
        description: changed(params.description, old.description),
        metadata: mergeMetadata(old.metadata, params.metadata),
        name: params.name ?? old.name,
        unit_label: changed(params.unit_label, old.unit_label),
        updated: nowOf(sandbox),
      }
      sandbox.store.put('product', next)
      emit(sandbox, 'product.updated', next, old)
      return next
    },
  ),

  endpoint('DELETE', '/v1/products/:id', {}, (sandbox, _params, { id }) => {
    const old = getProduct(sandbox, id)
    if (sandbox.store.all('price').some(({ product }) => product === id)) {
      throw refuse('This product cannot be deleted because it has one or more user-created prices.')
    }
    sandbox.store.remove('product', id)
    emit(sandbox, 'product.deleted', old)
    return { id, object: 'product', deleted: true }
  }),
]

/** Throws `resource_missing` when there is none. */
export function getProduct(sandbox: Sandbox, id: string, param = 'id'): Product {
  const found = sandbox.store.find('product', id)
  if (found === undefined) throw missing('product', id, param)
  return found
}
