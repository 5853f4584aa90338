# Installs cadre for this account: downloads the executable for this machine, checks its sum, puts it into place.
# Nothing is run before the last line: a download that was cut does nothing.

function Install-Cadre {
  param([string]$To, [string]$Version = "latest", [string]$From)
  $ErrorActionPreference = "Stop"
  if (-not $From) { $From = if ($env:CADRE_RELEASES) { $env:CADRE_RELEASES } else { "@RELEASES@" } }
  if (-not $To) { $To = Join-Path $env:LOCALAPPDATA "Programs\cadre" }
  $base = if ($Version -eq "latest") { "$From/latest/download" } else { "$From/download/v$($Version.TrimStart('v'))" }
  $machine = if ($env:PROCESSOR_ARCHITECTURE -eq "ARM64" -or $env:PROCESSOR_ARCHITEW6432 -eq "ARM64") { "arm64" } else { "x64" }
  $archive = "cadre-windows-$machine.zip"
  $work = Join-Path ([System.IO.Path]::GetTempPath()) ([System.Guid]::NewGuid())
  New-Item -ItemType Directory -Path $work | Out-Null
  try {
    Write-Output "cadre for windows-$machine, from $base"
    Invoke-WebRequest -UseBasicParsing "$base/SHA256SUMS" -OutFile "$work\SHA256SUMS"
    Invoke-WebRequest -UseBasicParsing "$base/$archive" -OutFile "$work\$archive"
    $line = Get-Content "$work\SHA256SUMS" | Where-Object { $_ -match "^([0-9a-f]{64})\s+\*?$([regex]::Escape($archive))$" }
    if (-not $line) { throw "the list of sums does not name $archive" }
    $wanted = ($line -split "\s+")[0]
    $found = (Get-FileHash -Algorithm SHA256 "$work\$archive").Hash.ToLower()
    if ($wanted -ne $found) { throw "the sum of $archive is wrong: the download was damaged, or changed on the way" }
    Expand-Archive "$work\$archive" -DestinationPath $work
    $said = & "$work\cadre.exe" --version
    New-Item -ItemType Directory -Force -Path $To | Out-Null
    # What runs cannot be replaced, but it can be moved aside.
    if (Test-Path "$To\cadre.exe") { Move-Item -Force "$To\cadre.exe" "$To\cadre.exe.old" }
    Move-Item -Force "$work\cadre.exe" "$To\cadre.exe"
    $path = [Environment]::GetEnvironmentVariable("Path", "User")
    if (";$path;" -notlike "*;$To;*") { [Environment]::SetEnvironmentVariable("Path", "$To;$path", "User") }
    Write-Output "installed $said as $To\cadre.exe"
    Write-Output "next: cadre setup      (in a new terminal)"
  } finally {
    Remove-Item -Recurse -Force $work
  }
}

Install-Cadre @args
