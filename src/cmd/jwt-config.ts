/** An issuer as an AuthenticationConfiguration has it: nothing of it is checked yet. */
export interface Jwt {
  readonly issuer?: {
    readonly url?: string
    readonly discoveryURL?: string
    readonly certificateAuthority?: string
    readonly audiences?: readonly string[]
    readonly audienceMatchPolicy?: string
    readonly egressSelectorType?: string
  }
  readonly claimValidationRules?: readonly {
    readonly claim?: string
    readonly requiredValue?: string
    readonly expression?: string
    readonly message?: string
  }[]
  readonly claimMappings?: {
    readonly username?: Mapping
    readonly groups?: Mapping
    readonly uid?: Mapping
    readonly extra?: readonly { readonly key?: string; readonly valueExpression?: string }[]
  }
  readonly userValidationRules?: readonly {
    readonly expression?: string
    readonly message?: string
  }[]
}

export interface Mapping {
  readonly claim?: string
  readonly prefix?: string
  readonly expression?: string
}
