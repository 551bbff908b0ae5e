/** A label selector of Kubernetes: every line of it must hold; an empty one selects everything. */
export interface LabelSelector {
  readonly matchLabels: Readonly<Record<string, string>>
  readonly matchExpressions: readonly LabelExpression[]
}

export const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const

export interface LabelExpression {
  readonly key: string
  readonly operator: (typeof operators)[number]
  readonly values: readonly string[]
}

type Labels = Readonly<Record<string, string>>

/** As in k8s.io/apimachinery/pkg/labels: `NotIn` holds, too, for what lacks the label. */
export function matches({ matchLabels, matchExpressions }: LabelSelector, labels: Labels): boolean {
  const value = (key: string) => (Object.hasOwn(labels, key) ? labels[key] : undefined)
  return (
    Object.entries(matchLabels).every(([key, wanted]) => value(key) === wanted) &&
    matchExpressions.every(line => holds(line, value(line.key)))
  )
}

function holds({ operator, values }: LabelExpression, value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
  }
}
