/** For PowerShell ≥ 5. */
export const powershellScript = String.raw`# powershell completion for kubectl: asks "kubectl __complete" what may come next.

Register-ArgumentCompleter -Native -CommandName 'kubectl' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $line = $commandAst.Extent.ToString()
    if ($line.Length -gt $cursorPosition) { $line = $line.Substring(0, $cursorPosition) }
    $words = @($commandAst.CommandElements | ForEach-Object { $_.Extent.Text })
    $program = $words[0]
    $before = @($words | Select-Object -Skip 1 | Where-Object { $_ -ne $wordToComplete })
    # PowerShell drops an empty argument, unless it is quoted twice.
    $current = if ($wordToComplete -eq '') { '""' } else { $wordToComplete }
    if ($PSVersionTable.PSVersion -ge [version]'7.3' -and $wordToComplete -eq '') { $current = '' }

    $answer = @(& $program __complete @before $current 2>$null)
    if ($answer.Count -eq 0) { return }
    $directive = [int]($answer[-1] -replace '^:', '')
    if ($directive -band 1) { return }
    $space = if ($directive -band 2) { '' } else { ' ' }
    $prefix = if ($wordToComplete -match '^(-[^=]*=)') { $Matches[1] } else { '' }

    # With files to choose from, PowerShell completes them itself when nothing is offered.
    if ($directive -band 24) { return }
    $answer | Select-Object -SkipLast 1 | ForEach-Object {
        $word, $about = $_ -split "${'`'}t", 2
        $text = $prefix + $word
        if ($text -like "$wordToComplete*") {
            $tip = if ($about) { $about } else { ' ' }
            [System.Management.Automation.CompletionResult]::new($text + $space, $word, 'ParameterValue', $tip)
        }
    }
}
`
