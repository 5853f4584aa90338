// Stands before every compiled program. While it starts, almost all code runs once: compiling it costs more
// than it saves (measured: a third of the time to the first answer, 7 MiB). So the build holds the JIT back,
// and this lets it go when the start is over. A timer that does not keep the process alive.
const START_MS = 300;

setTimeout(() => Bun.unsafe.setJITPolicy(1), START_MS).unref();
