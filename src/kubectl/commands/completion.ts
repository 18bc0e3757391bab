/** `kubectl completion`. Upstream: kubectl pkg/cmd/completion/completion.go. */
import type { Call, Command } from '#kubectl/command.ts'
import { UsageError } from '#kubectl/errors.ts'

export const command: Command = {
  use: 'completion SHELL',
  about: `Output the script that lets a shell complete what is typed after kubectl: bash, zsh, fish or powershell.

 The shell must read it, best when it starts.`,
  examples: [
    ['In this bash', 'source <(kubectl completion bash)'],
    ['In every bash', `echo 'source <(kubectl completion bash)' >> ~/.bashrc`],
    ['In every zsh', 'kubectl completion zsh > "${fpath[1]}/_kubectl"'],
    ['In every fish', 'kubectl completion fish > ~/.config/fish/completions/kubectl.fish'],
    ['In this PowerShell', 'kubectl completion powershell | Out-String | Invoke-Expression'],
  ],
  flags: [],
  run,
}

const scripts: Readonly<Record<string, () => Promise<string>>> = {
  bash: async () => (await import('#kubectl/completion/scripts/bash.ts')).bashScript,
  zsh: async () => (await import('#kubectl/completion/scripts/zsh.ts')).zshScript,
  fish: async () => (await import('#kubectl/completion/scripts/fish.ts')).fishScript,
  powershell: async () =>
    (await import('#kubectl/completion/scripts/powershell.ts')).powershellScript,
}

async function run({ args, io }: Call): Promise<void> {
  const [shell, more] = args
  if (shell === undefined) throw new UsageError('Shell not specified.')
  if (more !== undefined) {
    throw new UsageError('Too many arguments. Expected only the shell type.')
  }
  const script = scripts[shell]
  if (script === undefined) throw new UsageError(`Unsupported shell type ${JSON.stringify(shell)}.`)
  io.stdout(await script())
}
