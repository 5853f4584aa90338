// The floor of `--version`: a program that writes one line.
await Bun.stdout.write("0.0.0\n");

// Top-level await needs a module.
export {};
