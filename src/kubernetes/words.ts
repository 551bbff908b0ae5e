import { formatError } from '../errors.ts'

/** A pod's network by the path that it has this time: each try to start the pod makes another one. */
const NAMESPACE_PATH = /\/(?:var\/)?run\/netns\/[^\s:']+/g

/** An error as a pod is told of it: the same words as long as it is the same, so that they are one Event, and one status. */
export const wordsOf = (error: unknown): string => formatError(error).replaceAll(NAMESPACE_PATH, 'POD')
