import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { EgressRouterError } from '../errors.ts'
import { inNamespace, type Namespace } from './namespace.ts'

/**
 * Key of a network sysctl in the slash form of sysctl(8), as a link name may hold dots: `net/ipv4/conf/eth0.7/rp_filter`.
 */
export type SysctlKey = string

/** Value of a sysctl as text without the newline, or undefined when this kernel (or this link) does not have it. */
export const readSysctl = (namespace: Namespace, key: SysctlKey): string | undefined => readSysctls(namespace, [key])[0]?.value

/** The same for several; those that are not there are left out. */
export function readSysctls(namespace: Namespace, keys: readonly SysctlKey[]): { key: SysctlKey; value: string }[] {
  // /proc/sys/net follows the namespace of the thread that opens it, so the files must be opened and read inside
  return inNamespace(namespace, () =>
    keys.flatMap(key => {
      try {
        return [{ key, value: readFileSync(pathOf(key), 'utf8').trim() }]
      } catch (error) {
        if (codeOf(error) === 'ENOENT') return []
        throw error
      }
    })
  )
}

/** Whether a sysctl is there and cannot be written: /proc/sys is mounted read-only in an ordinary container. */
export function isReadOnly(namespace: Namespace, key: SysctlKey): boolean {
  try {
    // access(2) would ask for the real user's rights; opening for writing asks for what writing needs
    closeSync(inNamespace(namespace, () => openSync(pathOf(key), 'r+')))
    return false
  } catch (error) {
    return codeOf(error) !== 'ENOENT'
  }
}

/**
 * Writes a sysctl.
 *
 * Errors: EgressRouterError `ESYSCTL` that names the sysctl; its hint says how to grant it when /proc/sys is read-only.
 */
export function writeSysctl(namespace: Namespace, key: SysctlKey, value: string): void {
  try {
    inNamespace(namespace, () => writeFileSync(pathOf(key), value, { flag: 'r+' }))
  } catch (cause) {
    const code = codeOf(cause)
    if (code === undefined) throw cause
    const readOnly = code === 'EROFS' || code === 'EACCES' || code === 'EPERM'
    throw new EgressRouterError('ESYSCTL', `sysctl ${key.replaceAll('/', '.')} cannot be set to ${value}: ${code}`, {
      hint: readOnly
        ? `/proc/sys is read-only here; set it from outside (podman --sysctl, the pod's securityContext.sysctls, or the node agent) and it is left as it is`
        : 'this kernel may lack the feature',
      cause
    })
  }
}

let root = '/proc/sys'

/**
 * Reads and writes sysctls below another folder from now on: in a container /proc/sys is read-only, and a node agent has it mounted
 * elsewhere (the node's /proc/sys/net, which shows every reader the sysctls of its own network namespace).
 */
export function useSysctlsAt(folder: string): void {
  root = folder
}

const pathOf = (key: SysctlKey) => `${root}/${key}`
const codeOf = (error: unknown) => (error as NodeJS.ErrnoException).code
