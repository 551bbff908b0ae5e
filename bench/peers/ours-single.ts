// The product's way to change one redirect of many.
import type { EgressConfig, Operation } from '../../src/index.ts'
import * as product from '../../src/index.ts'

type Redirects = EgressConfig['redirects']
/** Operations on elements; a version of the product without them replaces its table. */
const elements = product as unknown as Partial<{
  addRedirects(redirects: Redirects): Operation
  changeRedirects(before: Redirects, after: Redirects): Operation
  deleteRedirects(redirects: Redirects): Operation
}>

export function singleOperations(
  first: EgressConfig,
  second: EgressConfig,
  byTable: (redirects: Redirects[]) => Operation[]
): Readonly<Record<'add' | 'change' | 'delete', Operation>> {
  const { addRedirects, changeRedirects, deleteRedirects } = elements
  if (addRedirects && changeRedirects && deleteRedirects) {
    return {
      add: addRedirects(first.redirects),
      change: changeRedirects(first.redirects, second.redirects),
      delete: deleteRedirects(second.redirects)
    }
  }
  const [add, change, remove] = byTable([first.redirects, second.redirects, []]) as [Operation, Operation, Operation]
  return { add, change, delete: remove }
}
