import { type Document, isAlias, isNode, isScalar, isSeq, type Scalar } from 'yaml'
import type { ConfigIssue } from '../errors.ts'
import { issueAt, type Place, type Text } from './place.ts'
import type { SettingKey } from './settings.ts'

/** Reads the values of one YAML file as texts that know their lines. */
export class FileValues {
  readonly issues: ConfigIssue[] = []
  readonly #file: string
  readonly #document: Document.Parsed
  readonly #lineAt: (offset: number) => number

  constructor(file: string, document: Document.Parsed, lineAt: (offset: number) => number) {
    this.#file = file
    this.#document = document
    this.#lineAt = lineAt
  }

  /** The texts of a value; none when it is null, which is how YAML leaves a value out. */
  read(key: SettingKey, node: unknown): Text[] {
    const value = this.#resolved(node)
    if (isSeq(value)) return value.items.flatMap((item, i) => this.#scalar(key, `${key}[${i}]`, this.#resolved(item)))
    return this.#scalar(key, key, value)
  }

  #scalar(key: SettingKey, path: string, node: unknown): Text[] {
    if (node === null || (isScalar(node) && node.value === null)) return []
    const at = this.#place(path, node)
    if (!isScalar(node)) return this.#refuse(at, 'a plain value is expected')
    if (key === 'debug')
      return typeof node.value === 'boolean' ? [{ ...at, text: node.value ? 'true' : '' }] : this.#refuse(at, 'true or false is expected')
    const text = textOf(node)
    return key === 'destination' && text.includes('\n') ? linesOf(at, node, text) : [{ ...at, text }]
  }

  #refuse(at: Place, message: string): Text[] {
    this.issues.push(issueAt(at, message))
    return []
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node
  }

  #place(path: string, node: unknown): Place {
    const offset = isNode(node) ? node.range?.[0] : undefined
    return { source: this.#file, ...(offset !== undefined && { line: this.#lineAt(offset) }), path }
  }
}

/** A number stays as it was written, so that `0x1000000` and `010` mean in a file what they mean in the environment. */
const textOf = (node: Scalar) => (typeof node.value === 'string' ? node.value : (node.source ?? String(node.value)))

/** The lines of a text; those of a literal block follow its `|`, in other forms the lines cannot be told apart. */
function linesOf(at: Place, node: Scalar, text: string): Text[] {
  const literal = node.type === 'BLOCK_LITERAL' && at.line !== undefined
  return text.split('\n').map((part, i) => ({ ...at, ...(literal && { line: (at.line as number) + 1 + i }), text: part }))
}
