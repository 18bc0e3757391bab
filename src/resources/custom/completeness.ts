/**
 * Every field that a composition speaks of is also there outside of it.
 * Upstream: staging/src/k8s.io/apiextensions-apiserver/pkg/apiserver/schema/complete.go, v1.36.
 */
import { required, type FieldError } from '#api/meta/field-error.ts'
import { itemsOf, propertiesOf, type Schema } from './schema.ts'

export function completenessErrors(schema: Schema, path: string): readonly FieldError[] {
  return compositionErrors(schema, { schema, path, from: path })
}

/** What the shape says at the place that a composition speaks of, and where the two stand. */
interface Shape {
  readonly schema: Schema | undefined
  readonly path: string
  readonly from: string
}

function compositionErrors(values: Schema, shape: Shape): readonly FieldError[] {
  const { from } = shape
  return [
    ...(values.not === undefined
      ? []
      : nestedErrors(values.not, { ...shape, from: `${from}.not` })),
    ...(['allOf', 'anyOf', 'oneOf'] as const).flatMap((name) =>
      (values[name] ?? []).flatMap((of, index) =>
        nestedErrors(of, { ...shape, from: `${from}.${name}[${index}]` }),
      ),
    ),
  ]
}

function nestedErrors(values: Schema, shape: Shape): readonly FieldError[] {
  const { schema, path, from } = shape
  if (schema === undefined) return [required(path, `because it is defined in ${from}`)]
  const items = itemsOf(values)
  return [
    ...compositionErrors(values, shape),
    ...(items === undefined
      ? []
      : nestedErrors(items, {
          schema: itemsOf(schema),
          path: `${path}.items`,
          from: `${from}.items`,
        })),
    ...propertiesOf(values).flatMap(([key, of]) =>
      nestedErrors(of, {
        schema: schema.properties?.[key],
        path: `${path}.properties[${key}]`,
        from: `${from}.properties[${key}]`,
      }),
    ),
  ]
}
