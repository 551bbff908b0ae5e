import { followConfiguration } from '../cni/follow.ts'
import { install, removeConfiguration, removeProgram } from '../cni/install.ts'
import { type AgentSettings, agentSettings } from '../config/agent-settings.ts'
import { formatError } from '../errors.ts'
import type { Log } from '../observe/log.ts'
import { program } from './install-cni.ts'

type ChainSettings = Pick<AgentSettings, 'cniBinDir' | 'cniConfDir' | 'socket'>

/**
 * Puts the CNI plugin in place and keeps it chained after the cluster network until the signal is aborted. Never fatal: pods are served
 * without it, too, as soon as their network is there.
 */
export function keepChained({ cniBinDir, cniConfDir, socket }: ChainSettings, log: Log, signal: AbortSignal): void {
  if (cniConfDir === '') return
  try {
    if (cniBinDir !== '') install({ binaries: cniBinDir, configurations: cniConfDir }, program, { chain: false })
  } catch (error) {
    // a chain whose program is missing would keep every pod from starting
    log.error(`the plugin is not chained: its program cannot be put into ${cniBinDir}: ${formatError(error)}`)
    return
  }
  followConfiguration({ configurations: cniConfDir }, socket === agentSettings.socket.default ? undefined : socket, log, signal)
}

/** Takes the plugin out again, the configuration first; every file is as it was before. Never fatal. */
export function takeOut({ cniBinDir, cniConfDir }: ChainSettings, log: Log): void {
  try {
    removeConfiguration({ configurations: cniConfDir })
    if (cniBinDir !== '') removeProgram({ binaries: cniBinDir })
    log.info('the plugin is taken out: the DaemonSet of this agent is gone, or does without it')
  } catch (error) {
    log.error(`the plugin is not taken out: ${formatError(error)}`)
  }
}
