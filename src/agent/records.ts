import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Attachment } from './attachment.ts'

/** Raised when the shape of a record changes so that an older agent could not read it. */
const VERSION = 1

/** What must outlive the agent: that an attachment is wanted, and the very namespace it is in. */
export interface AttachmentRecord {
  readonly attachment: Attachment
  /** Device and inode of the namespace: another one may take the place of its path. */
  readonly identity: string
  /** False while it is being made, and when it is wanted no more. What is found so is taken back. */
  readonly complete: boolean
}

/** One small file an attachment, in a folder that does not outlive the node (tmpfs): nor do the kernel objects. */
export class Records {
  readonly #folder: string
  /** Holds an empty file for each attachment that a runtime took leave of while no agent answered: the CNI shim writes them. */
  readonly #detached: string

  constructor(runFolder: string) {
    this.#folder = join(runFolder, 'attachments')
    this.#detached = join(runFolder, 'detached')
    for (const folder of [this.#folder, this.#detached]) mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  write(record: AttachmentRecord): void {
    const path = this.#pathOf(record.attachment.id)
    writeFileSync(`${path}.new`, JSON.stringify({ version: VERSION, ...record }), { mode: 0o600 })
    // whoever finds the name finds a whole file
    renameSync(`${path}.new`, path)
    // an end that was asked for before this beginning is over
    this.forgetDetached(record.attachment.id)
  }

  /** Whose end no agent has heard of. */
  detached(): string[] {
    const written = /^[\w.-]+%2F[\w.-]+$/
    return readdirSync(this.#detached)
      .filter(name => written.test(name))
      .map(decodeURIComponent)
  }

  forgetDetached(id: string): void {
    rmSync(join(this.#detached, encodeURIComponent(id)), { force: true })
  }

  remove(id: string): void {
    rmSync(this.#pathOf(id), { force: true })
  }

  /** Everything that can be read; of the rest, what is wrong with it. Such a file is left for a person, or for the version that wrote it. */
  load(): { records: AttachmentRecord[]; problems: string[] } {
    const records: AttachmentRecord[] = []
    const problems: string[] = []
    const detached = this.detached()
    for (const name of readdirSync(this.#folder)) {
      const path = join(this.#folder, name)
      if (name.endsWith('.new')) rmSync(path, { force: true })
      if (!name.endsWith('.json')) continue
      try {
        const record = read(readFileSync(path, 'utf8'))
        const wanted = !detached.includes(record.attachment.id)
        if (!wanted) this.write({ ...record, complete: false })
        records.push({ ...record, complete: record.complete && wanted })
      } catch (error) {
        problems.push(`${path}: ${(error as Error).message}`)
      }
    }
    for (const id of detached) this.forgetDetached(id)
    return { records, problems }
  }

  #pathOf = (id: string) => join(this.#folder, `${encodeURIComponent(id)}.json`)
}

function read(text: string): AttachmentRecord {
  const { version, ...record } = JSON.parse(text) as AttachmentRecord & { version: number }
  if (version !== VERSION) throw new Error(`the record has version ${version}, and this agent knows ${VERSION}`)
  if (typeof record.attachment?.id !== 'string' || typeof record.identity !== 'string')
    throw new Error('this is no record of an attachment')
  return record
}
