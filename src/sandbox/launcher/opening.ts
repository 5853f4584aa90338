// How the kernel is asked for a handle of a file.

/** Paths are taken as they are. */
export const AT_FDCWD = -100;
/** The handle names the file, and reads nothing of it. */
export const PATH_ONLY = 0o10000000;
export const CLOSE_ON_EXEC = 0o2000000;
export const CREATE = 0o100;
