/** What servers behind this one say of their APIs. */
export interface RemoteOpenApi {
  /** The hash of each document, by its path: `/apis/fun.example.com/v1`. */
  index(): Promise<ReadonlyMap<string, string>>
  /** OpenAPI 3.0, JSON; undefined: there is none at that path. */
  document(path: string): Promise<string | undefined>
  /** OpenAPI 2.0, for the same answer the same objects. */
  v2(): Promise<readonly OpenApiV2[]>
}

export interface OpenApiV2 {
  readonly paths: Readonly<Record<string, object>>
  readonly definitions: Readonly<Record<string, object>>
}

/** Ours first: a definition of the same name is taken to be the same. */
export function mergeOpenApiV2(own: object, remotes: readonly OpenApiV2[]): object {
  const { paths, definitions } = own as OpenApiV2
  return {
    ...own,
    paths: Object.assign({}, paths, ...remotes.map((remote) => remote.paths)) as object,
    definitions: Object.assign(
      {},
      ...remotes.map((remote) => remote.definitions),
      definitions,
    ) as object,
  }
}
