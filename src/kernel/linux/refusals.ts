import { NetlinkError } from '../../netlink/acknowledgement.ts'
import type { Operation } from '../../state/operation.ts'
import { errno } from '../../sys/errno.ts'

/** Gone already: somebody was faster, the end is the same. */
export function isDone(operation: Operation, error: unknown): boolean {
  if (operation.kind === 'ruleset') return operation.verb === 'delete' && /No such file/.test(String((error as Error).message))
  if (!(error instanceof NetlinkError)) return false
  const gone = [errno.ENOENT, errno.ESRCH, errno.ENODEV, errno.EADDRNOTAVAIL]
  if (operation.verb === 'delete') return gone.includes(error.errno)
  return false
}

export const isTaken = ({ verb }: Operation, error: unknown): error is NetlinkError =>
  verb === 'add' && error instanceof NetlinkError && error.errno === errno.EEXIST

/** The place is taken by something that does not carry our mark: it is not ours to remove. */
export function occupied(operation: Operation, error: unknown): unknown {
  if (!isTaken(operation, error)) return error
  const hints = {
    address: 'another link of this namespace, or another hand, holds the address: ip addr show',
    route: `something else holds this place: ip route show table ${operation.kind === 'route' ? operation.resource.table : 'all'}; remove it or choose EGRESS_TABLE`,
    rule: 'something else holds this place: ip rule show; remove it or choose EGRESS_PRIORITY and EGRESS_MARK'
  } as const
  if (operation.kind !== 'address' && operation.kind !== 'route' && operation.kind !== 'rule') return error
  return new NetlinkError(error.request, error.errno, {
    kernelMessage: error.kernelMessage,
    attribute: error.attribute,
    hint: hints[operation.kind]
  })
}
