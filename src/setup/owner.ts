// Who put this executable here: what a package manager owns, it must change and remove itself.
import { realpathSync } from "node:fs";

export interface PackageManager {
  readonly name: string;
  readonly upgrade: string;
  readonly uninstall: string;
}

const MANAGERS: readonly (PackageManager & { readonly path: RegExp })[] = [
  {
    name: "npm",
    path: /[\\/]node_modules[\\/]/,
    upgrade: "npm install -g cadre@latest",
    uninstall: "npm uninstall -g cadre",
  },
  {
    name: "Homebrew",
    path: /\/(Cellar|Caskroom|linuxbrew)\//,
    upgrade: "brew upgrade cadre",
    uninstall: "brew uninstall cadre",
  },
  {
    name: "winget",
    path: /\\WinGet\\/i,
    upgrade: "winget upgrade cadre",
    uninstall: "winget uninstall cadre",
  },
  { name: "Scoop", path: /\\scoop\\/i, upgrade: "scoop update cadre", uninstall: "scoop uninstall cadre" },
  { name: "Nix", path: /^\/nix\/store\//, upgrade: "nix profile upgrade cadre", uninstall: "nix profile remove cadre" },
];

/** Undefined for a file that somebody downloaded. */
export function packageManagerOf(executable: string): PackageManager | undefined {
  const path = realPath(executable);
  return MANAGERS.find((manager) => manager.path.test(path));
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
