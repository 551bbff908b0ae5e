/**
 * The egress router as a library: what the command line does, for a process that looks after many namespaces.
 *
 * Everything is synchronous but waiting. A kernel is bound to its namespace when it is opened; the process itself never moves.
 *
 * @module
 */

export { Agent, type AgentOptions, type Listed } from './agent/agent.ts'
export { type Attachment, type AttachmentLink, attachmentId, type CniIdentity, type PodIdentity } from './agent/attachment.ts'
export type { AgentObserver } from './agent/events.ts'
export { parseDestinations, parseDestinationsInSlices } from './config/destinations.ts'
export { type ConfigInput, type Loaded, parseConfig } from './config/load.ts'
export type { EgressConfig, Fallback, LocalPort, Numbers, Redirect, Source, Target } from './config/shape.ts'
export { compile, compileNothing, interestOf } from './egress/compile.ts'
export { addRedirects, changeRedirects, deleteRedirects, redirectChange } from './egress/redirect-change.ts'
export { ConfigError, type ConfigIssue, EgressRouterError, type ErrorCode, exitCodes, formatError, UsageError } from './errors.ts'
export type { Change, Interest, Kernel } from './kernel/kernel.ts'
export { type LinuxKernel, type LinuxOptions, openLinux } from './kernel/linux.ts'
export { NetlinkError } from './netlink/acknowledgement.ts'
export { NftablesError } from './nftables/error.ts'
export { createLog, type Log, silent } from './observe/log.ts'
export { apply, applyInSlices, type Report, undo } from './reconcile/apply.ts'
export { type Plan, plan } from './reconcile/plan.ts'
export { print } from './reconcile/print.ts'
export { ConflictError } from './router/conflict.ts'
export { createLink, type LinkRequest } from './router/create-link.ts'
export { type EgressRouter, openRouter, type RouterOptions } from './router/router.ts'
export { describeRouter, type RouterView } from './router/view.ts'
export { type Operation, printOperation } from './state/operation.ts'
export type { DesiredState, ObservedState } from './state/state.ts'
